import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bearerOf, codeOf, startRecordedWorld, type RecordedWorld } from "./client.ts";

let world: RecordedWorld;
let alice: Record<string, string>;

beforeAll(async () => {
  world = await startRecordedWorld();
  alice = await bearerOf(world, "alice");
});
afterAll(() => world.close());

type Sent = Omit<RequestInit, "headers"> & { readonly headers?: Record<string, string> };
const ask = (path: string, init: Sent = {}) =>
  fetch(world.gatewayUrl + path, { redirect: "manual", ...init, headers: { ...alice, ...init.headers } });
const stepUp = (id: string, match: object, rest: object = {}) => ({
  id,
  match: { methods: ["POST"], path: `/${id}`, ...match },
  require: "step-up",
  action: id,
  ...rest,
});
const rule = (action: string, conditions: object, type = "CHALLENGE") =>
  fetch(`${world.authsignal.url}/control/rules/${action}/${action}-rule`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name: action, type, conditions }),
  });
const posted = (fields: Record<string, string>): Sent => ({
  method: "POST",
  body: new URLSearchParams(fields),
});
const eventually = async <T>(look: () => T | undefined): Promise<T> => {
  for (;;) {
    const found = look();
    if (found !== undefined) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

describe("what a sign-in must be like", () => {
  beforeAll(() =>
    world.inForce({
      routes: [
        { id: "admin", match: { path: "/admin" }, require: "sign-in", signIn: { groups: ["admins"] } },
        { id: "api", match: { path: "/api" }, require: "sign-in", signIn: { scopes: ["pay/write"] } },
        { id: "gold", match: { path: "/gold" }, require: "sign-in", signIn: { claims: { tier: "gold" } } },
        { id: "own", match: { path: "/own" }, require: "sign-in", signIn: { claims: { username: "alice" } } },
        { id: "recent", match: { path: "/recent" }, require: "sign-in", signIn: { maxAge: "1s" } },
        stepUp("pay", {}, { signIn: { groups: ["payers"] } }),
      ],
    }),
  );

  it("refuses with 403 what signing in again would not mend, and names a missing scope", async () => {
    for (const path of ["/admin", "/gold", "/Admin", "/x%2f..%2fadmin"]) {
      expect(await codeOf(await ask(path)), path).toBe("not_permitted");
    }
    const scoped = await ask("/api");
    expect(scoped.headers.get("www-authenticate")).toBe(
      'Bearer error="insufficient_scope", scope="pay/write"',
    );
    expect(await codeOf(scoped)).toBe("not_permitted");
    expect(await codeOf(await ask("/pay", posted({})))).toBe("not_permitted");
    expect((await ask("/own")).status).toBe(404); // the bank has no such page: it was reached
  });

  it("tells a program how old its sign-in may be (RFC 9470)", async () => {
    let answer = await ask("/recent");
    while (answer.status === 404) {
      answer = await ask("/recent"); // until the sign-in is old enough
    }
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toMatch(
      /^Bearer error="insufficient_user_authentication", error_description="[^"]+", max_age=1$/,
    );
    expect(await codeOf(answer)).toBe("sign_in_too_old");
  });
});

describe("conditions", () => {
  beforeAll(() =>
    world.inForce({
      routes: [
        { id: "view", match: { methods: ["POST"], path: "/do", query: { op: "view" } }, require: "sign-in" },
        { id: "other", match: { methods: ["POST"], path: "/do", query: { op: "delete" } }, require: "deny" },
        stepUp("json", { contentTypes: ["application/json"] }),
        { id: "internal", match: { path: "/*", headers: { "X-Internal": "1" } }, require: "deny" },
      ],
      default: { require: "sign-in" },
    }),
  );

  it("decide by the query, and refuse a body that says otherwise", async () => {
    expect(await codeOf(await ask("/do?op=delete", posted({})))).toBe("denied");
    expect(await codeOf(await ask("/do?OP=delete", posted({})))).toBe("denied");
    expect((await ask("/do?op=view", posted({ a: "1" }))).status).toBe(404);
    expect(await codeOf(await ask("/do?op=view", posted({ op: "delete" })))).toBe("attribute_refused");
    expect(await codeOf(await ask("/do", posted({ op: "delete" })))).toBe("attribute_refused");
  });

  it("decide by the header and the content type", async () => {
    expect(await codeOf(await ask("/", { headers: { x_internal: "1" } }))).toBe("denied");
    const text = await ask("/json", {
      method: "POST",
      headers: { "Content-Type": "text/plain" },
      body: "{}",
    });
    expect([text.status, text.headers.get("accept")]).toEqual([415, "application/json"]);
  });
});

describe("the three rules of the article, over what the gateway always sends", () => {
  beforeAll(async () => {
    const amount = { from: "multipart", name: "amount", type: "number", required: true };
    await world.inForce({
      routes: [
        stepUp("payment", {}, { attributes: { amount } }),
        stepUp("account", {}),
        stepUp("security-settings", {}),
      ],
    });
    await rule("payment", { and: [{ ">": [{ var: "custom.amount" }, 1000] }, { var: "device.isNew" }] });
    await rule("account", { "!=": [{ var: "custom.country" }, "NZ"] });
    await rule("security-settings", { ">": [{ var: "custom.secondsSinceStepUp" }, 300] });
  });

  const pay = (amount: string) => {
    const form = new FormData();
    form.set("amount", amount);
    form.set("invoice", new File(["%PDF"], "invoice.pdf"));
    return ask("/payment", { method: "POST", body: form });
  };

  it("an amount over 1000 on a new device", async () => {
    expect((await pay("900")).status).toBe(404);
    expect(await codeOf(await pay("1500"))).toBe("step_up_required");
  });

  it("another country", async () => {
    const from = (country: string) =>
      ask("/account", { ...posted({}), headers: { "CF-IPCountry": country } });
    expect((await from("NZ")).status).toBe(404);
    expect(await codeOf(await from("FR"))).toBe("step_up_required");
  });

  it("the last step-up more than five minutes ago, or never", async () => {
    expect(await codeOf(await ask("/security-settings", posted({})))).toBe("step_up_required");
  });

  it("everything is sent, whatever is known", async () => {
    await ask("/account", {
      ...posted({}),
      headers: { "CF-IPCountry": "NZ", "CF-Connecting-IP": "203.0.113.7", "User-Agent": "ua" },
    });
    const actions = (await (await fetch(`${world.authsignal.url}/control/actions`)).json()) as Record<
      string,
      unknown
    >[];
    const last = actions.find((action) => action["ipAddress"] === "203.0.113.7");
    expect(last).toMatchObject({
      userAgent: "ua",
      deviceId: expect.stringMatching(/^session-/) as string,
      custom: {
        route: "account",
        httpMethod: "POST",
        secondsSinceSignIn: expect.any(Number) as number,
        newSession: true,
        secondsSinceStepUp: 315_360_000,
        lastStepUpMethod: "NONE",
        country: "NZ",
      },
    });
  });
});

describe("shadow", () => {
  it("of a route records what it would do, and enforces the later routes", async () => {
    await world.inForce({
      routes: [
        { id: "closed", match: { path: "/admin" }, require: "deny", shadow: true },
        stepUp("later", {}, { shadow: true }),
        stepUp(
          "asked",
          {},
          { shadow: "ask", attributes: { amount: { from: "body", name: "amount", type: "number" } } },
        ),
      ],
    });
    await rule("asked", { ">": [{ var: "custom.amount" }, 10] }, "BLOCK");
    expect((await ask("/admin")).status).toBe(404);
    expect((await ask("/later", posted({}))).status).toBe(404);
    expect((await ask("/asked", posted({ amount: "11" }))).status).toBe(404);
    const shadows = () => world.recorded("shadow");
    expect(shadows().find(({ route }) => route === "closed")).toMatchObject({
      enforced: "sign-in",
      would: "deny",
    });
    expect(shadows().find(({ route }) => route === "later")).toMatchObject({ would: "step-up later" });
    const answer = await eventually(() => shadows().find(({ would }) => would === "BLOCK"));
    expect(answer).toMatchObject({
      route: "asked",
      ruleIds: ["asked-rule"],
      policy: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    });
  });

  it("of a whole policy enforces nothing", async () => {
    await world.inForce({
      shadow: true,
      routes: [{ id: "nobody", match: { path: "/nobody" }, require: "deny" }],
    });
    expect((await ask("/nobody")).status).toBe(404);
    expect((await fetch(`${world.gatewayUrl}/anything`)).status).toBe(401); // the bank's own answer to nobody
    expect(world.recorded("shadow").find(({ route }) => route === "nobody")).toMatchObject({
      enforced: "nothing",
      would: "deny",
    });
  });
});

it("every record names the version of the policy that decided", async () => {
  await world.inForce({ routes: [stepUp("versioned", {})] });
  await rule("versioned", { "==": [1, 1] }, "BLOCK");
  expect(await codeOf(await ask("/versioned", posted({})))).toBe("blocked");
  const health = (await (await fetch(`${world.gatewayUrl}/.sallyport/health`)).json()) as { policy: string };
  expect(world.recorded("refused").at(-1)).toMatchObject({ route: "versioned", policy: health.policy });
});
