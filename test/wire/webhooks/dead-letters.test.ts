import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startWebhookWorld, userNamed, type WebhookWorld } from "../../support/webhooks.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const PREVIOUS_KEY = "previous-0123456789abcdef0123456789abcdef";
const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [],
  reactions: [{ id: "removed", on: ["authenticator.deleted"], do: ["revoke-user", "sign-out-cognito"] }],
};
const WAIT = { timeout: 20_000, interval: 50 };

let hooks: WebhookWorld;
beforeAll(async () => {
  const vars = { EVENT_RETRY_SECONDS: "0", ADMIN_KEY_PREVIOUS: PREVIOUS_KEY, ADMIN_GROUP: "fraud" };
  hooks = await startWebhookWorld({ policy: POLICY, vars });
});
afterAll(() => hooks.close());

/** Runs the real command. */
function sallyport(
  args: readonly string[],
  key = hooks.world.adminKey,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const env = { ...process.env, SALLYPORT_ADMIN_KEY: key, SALLYPORT_WEBHOOKS_URL: hooks.world.webhooksUrl };
  return new Promise((done) => {
    execFile(
      process.execPath,
      ["src/cli/main.ts", "events", ...args],
      { cwd: ROOT, env },
      (error, out, err) => {
        done({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, out, err });
      },
    );
  });
}
const admin = (path: string, init: RequestInit = {}, key = hooks.world.adminKey) =>
  fetch(new URL(`/admin/events${path}`, hooks.world.webhooksUrl), {
    ...init,
    headers: { authorization: `Bearer ${key}` },
  });
const breakCognito = () =>
  hooks.world.cognito.setFault({ endpoint: "api:AdminUserGlobalSignOut", kind: "status", status: 500 });

/** The alerts about an event that was given up, by their ids. */
const alertsAbout = (id: string) =>
  new Set(
    hooks.sink.alerts
      .map(({ headers }) => headers["idempotency-key"])
      .filter((key) => typeof key === "string" && key.startsWith(`${id}/dead-letter/`)),
  );

/** Delivers an event that cannot be carried out, and waits until it is given up. */
async function deadEvent(username: string): Promise<string> {
  breakCognito();
  const event = hooks.eventOf(username);
  expect((await hooks.deliver(event)).status).toBe(200);
  await vi.waitFor(() => expect(alertsAbout(event.id).size).toBe(1), WAIT);
  return event.id;
}

describe("an event that cannot be carried out", () => {
  it("raises an alert after bounded retries, is listed with the reason, and shown", async () => {
    const id = await deadEvent("bob");
    const listed = await sallyport(["list"]);
    expect([listed.code, listed.err]).toEqual([0, ""]);
    expect(listed.out).toContain(id);
    expect(listed.out).toContain("removed: sign-out-cognito: Cognito answered AdminUserGlobalSignOut with");
    const shown = await sallyport(["show", id, "--json"]);
    expect(JSON.parse(shown.out)).toMatchObject({ id, message: { kind: "authenticator", id } });
    expect(hooks.log.filter((line) => line.includes("reaction_failed") && line.includes(id))).toHaveLength(6);
  });

  it("is carried out by a replay, without what was done already, and is gone then", async () => {
    const { RefreshToken } = await hooks.signIn("alice");
    const id = await deadEvent("alice");
    const refresh = () => hooks.cognito("GetTokensFromRefreshToken", { RefreshToken });
    expect((await refresh()).status).toBe(200);
    hooks.world.cognito.setFault(undefined);
    expect(await sallyport(["replay", id])).toMatchObject({ code: 0, out: "Replayed 1.\n" });
    await vi.waitFor(async () => expect((await refresh()).status).toBe(400), WAIT);
    expect((await sallyport(["show", id])).code).toBe(1);
    expect((await sallyport(["replay", id])).code).toBe(1);
    const revoked = hooks.log.filter((line) => line.includes('"event":"revoked"') && line.includes(id));
    expect(revoked).toHaveLength(1);
  });

  it("raises an alert of its own when it dies again after a replay, and is there again", async () => {
    const id = await deadEvent("mallory");
    expect(await sallyport(["replay", id])).toMatchObject({ code: 0, out: "Replayed 1.\n" });
    await vi.waitFor(() => expect(alertsAbout(id).size).toBe(2), WAIT);
    expect((await sallyport(["show", id])).code).toBe(0);
  });

  it("is dropped, once", async () => {
    const id = await deadEvent("mallory");
    expect((await sallyport(["drop", id])).code).toBe(0);
    expect((await sallyport(["drop", id])).code).toBe(1);
  });

  it("is forgotten with the user it is about, and no other", async () => {
    const [about, other] = [await deadEvent("newt"), await deadEvent("mallory")];
    const { sub } = userNamed("newt");
    const env = { ...process.env, SALLYPORT_ADMIN_KEY: hooks.world.adminKey };
    const run = (args: readonly string[]) =>
      new Promise<string>((done) => {
        const all = ["src/cli/main.ts", "forget", sub, "--gateway", hooks.world.gatewayUrl, ...args];
        execFile(process.execPath, all, { cwd: ROOT, env }, (_, out) => done(out));
      });
    expect(await run([])).toContain("Dead letters were not looked for");
    expect((await sallyport(["show", about])).code).toBe(0);
    expect(await run(["--webhooks", hooks.world.webhooksUrl])).toContain("\n  1 dead letters\n");
    expect([(await sallyport(["show", about])).code, (await sallyport(["show", other])).code]).toEqual([
      1, 0,
    ]);
    for (const query of ["", "?user=", "?user=..%2fx"]) {
      expect([query, (await admin(query, { method: "DELETE" })).status]).toEqual([query, 400]);
    }
    expect((await sallyport(["show", other])).code).toBe(0);
  });

  it("is replayed with all the others", async () => {
    hooks.world.cognito.setFault(undefined);
    expect((await sallyport(["replay", "--all"])).code).toBe(0);
    await vi.waitFor(async () => expect((await sallyport(["list"])).out).toContain("no dead letters"), WAIT);
  });
});

describe("an event of a type that nobody knows", () => {
  it("is accepted, counted and listed", async () => {
    for (let count = 0; count < 3; count += 1) {
      expect((await hooks.deliver(hooks.eventOf("bob", { type: "passkey.polished" }))).status).toBe(200);
    }
    await vi.waitFor(async () => {
      expect((await sallyport(["list"])).out).toContain("unknown type passkey.polished: 3");
    }, WAIT);
  });
});

describe("the admin endpoint", () => {
  it("takes either service key, and a token of the group; nothing else", async () => {
    expect((await admin("")).status).toBe(200);
    expect((await admin("", {}, PREVIOUS_KEY)).status).toBe(200);
    const { AccessToken } = await hooks.signIn("bob");
    for (const [key, status, code] of [
      ["guessed", 401, "administrator_required"],
      [AccessToken, 403, "not_permitted"],
      [`${AccessToken}x`, 401, "administrator_required"],
    ] as const) {
      for (const [path, method] of [
        ["", "GET"],
        ["/some-id", "DELETE"],
        ["/some-id/replay", "POST"],
      ] as const) {
        const refused = await admin(path, { method }, key);
        expect([refused.status, Reflect.get(Object(await refused.json()), "code")]).toEqual([status, code]);
      }
    }
  });

  it.each([
    ["/unknown", "GET", 404],
    ["/unknown/replay", "POST", 404],
    ["/unknown/replay", "GET", 405],
    ["/unknown/other", "POST", 404],
    ["/%zz", "GET", 404],
    ["", "POST", 405],
    ["/unknown", "PUT", 405],
  ])("answers %s by %s with %i", async (path, method, status) => {
    expect((await admin(path, { method })).status).toBe(status);
  });

  it("is refused to the command without a key, by one sentence", async () => {
    const ran = await sallyport(["list"], "");
    expect([ran.code, ran.out]).toEqual([2, ""]);
    expect(ran.err).toContain("SALLYPORT_ADMIN_KEY must hold");
    const wrong = await sallyport(["list"], "guessed");
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("administrator_required")]);
  });
});
