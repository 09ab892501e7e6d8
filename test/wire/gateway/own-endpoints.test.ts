import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { send } from "../../support/http.ts";
import { Browser } from "../../support/browser.ts";
import { GATEWAY_HOST, SESSION_COOKIE, signIn, signInPerson } from "../../support/person.ts";
import { problemOf, refusalOf, SMALL, transferBy } from "../../support/program.ts";
import { bearer, signInByPassword, tokensByPassword } from "../../support/sign-in.ts";
import { ALICE, BOB } from "../../support/users.ts";
import {
  recorded,
  resetAuthsignal,
  startWatchedWorld,
  type WatchedWorld,
} from "../../support/watched-world.ts";

/** A pushed policy is read within five seconds. */
const PUSH_TIMEOUT_MS = 12_000;

let world: WatchedWorld;
let alice: string;
beforeAll(async () => {
  world = await startWatchedWorld({ asBundled: true, vars: { STALENESS_SECONDS: "0" } });
  alice = await signInByPassword(world, ALICE);
});
beforeEach(async () => {
  await resetAuthsignal(world);
  await fetch(`${world.originUrl}/_log`, { method: "DELETE" });
});
afterAll(async () => {
  await world.close();
  expect(world.leaks()).toEqual([]);
});

const own = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  send(`${world.gatewayUrl}/.sallyport/${path}`, { method, headers });
const bankHeard = () => world.bank?.requests() ?? [];

describe("Sallyport's own endpoints", () => {
  it("health says that it is up and which policy is in force", async () => {
    const answer = await own("health");
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      200,
      { status: "ok", policy: expect.stringMatching(/^(?:bundled|[0-9a-f]{12})$/) },
    ]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  it("publish public keys only", async () => {
    const { keys } = JSON.parse((await own("jwks.json")).text) as { keys: object[] };
    expect(keys).toEqual([
      {
        kty: "EC",
        crv: "P-256",
        x: expect.any(String),
        y: expect.any(String),
        kid: expect.any(String),
        alg: "ES256",
        use: "sig",
      },
    ]);
  });

  it("say who I am, and 401 to nobody", async () => {
    const me = await own("session", bearer(alice));
    expect([me.status, JSON.parse(me.text)]).toMatchObject([
      200,
      { sub: ALICE.sub, username: "alice", carrier: "bearer" },
    ]);
    const { browser } = await signInPerson(world, ALICE);
    const cookie = await browser.request(`${world.gatewayUrl}/.sallyport/session`);
    expect(JSON.parse(cookie.text)).toMatchObject({ sub: ALICE.sub, email: ALICE.email, carrier: "cookie" });
    expect(refusalOf(await own("session"))).toEqual([401, "sign_in_required"]);
  });

  it("serve their style and script to anyone, and nothing else", async () => {
    expect((await own("style.css")).headers.get("content-type")).toBe("text/css; charset=utf-8");
    expect((await own("continue.js")).headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    for (const path of ["", "x", "health/x", "challenges", "challenges/", "..%2f", "%2e%2e%2fhealthz"]) {
      expect([400, 401, 404]).toContain((await own(path)).status);
    }
    for (const [path, method] of [
      ["health", "POST"],
      ["session", "DELETE"],
      ["sign-out", "PUT"],
    ] as const) {
      expect((await own(path, bearer(alice), method)).status).toBe(404);
    }
    expect(bankHeard()).toEqual([]);
  });

  it("of challenges answer their own session only", async () => {
    const id = crypto.randomUUID();
    for (const path of [`challenges/${id}`, `challenges/${id}/return?token=x`, "challenges/x"]) {
      expect(refusalOf(await own(path))).toEqual([401, "sign_in_required"]);
      expect(refusalOf(await own(path, bearer(alice)))).toEqual([404, "challenge_not_found"]);
    }
    for (const path of [`challenges/${id}/retry`, `challenges/${id}/again`, `challenges/${id}`]) {
      expect(refusalOf(await own(path, bearer(alice), "POST"))).toEqual([404, "challenge_not_found"]);
    }
  });

  it("on an unknown host answer nothing", async () => {
    const answer = await own("health", { Host: "evil.example" });
    expect(refusalOf(answer)).toEqual([421, "unknown_host"]);
  });

  it("show pages that cannot be framed, cached or scripted", async () => {
    const page = await own("sign-out", { Accept: "text/html" });
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.headers.get("x-frame-options")).toBe("DENY");
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(page.text).not.toMatch(/<script(?! src="\/\.sallyport\/)|style=|onload/);
  });
});

describe("signing in", () => {
  const loginFor = async (path: string) => {
    const answer = await own(path);
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([303, "no-store"]);
    return new URL(answer.headers.get("location") ?? "");
  };

  it("goes to managed login with PKCE, state and nonce, new ones each time", async () => {
    const [first, second] = [await loginFor("sign-in"), await loginFor("sign-in")];
    expect(first.origin + first.pathname).toBe(`${world.cognito.publicDomain}/oauth2/authorize`);
    expect(Object.fromEntries(first.searchParams)).toMatchObject({
      response_type: "code",
      client_id: world.clientId,
      redirect_uri: `${world.gatewayUrl}/.sallyport/callback`,
      code_challenge_method: "S256",
    });
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(first.searchParams.get(name)).toMatch(/^[\w-]{43}$/);
      expect(first.searchParams.get(name)).not.toBe(second.searchParams.get(name));
    }
  });

  it.each([
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/.//evil.example",
    "/x/..//evil.example",
    "/%2e//evil.example",
    "/\t/evil.example",
    "\n//evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://user@evil.example",
    "@evil.example",
    ".evil.example",
    "/%0d%0aLocation:%20https://evil.example",
  ])("never leads to another site afterwards: %j", async (returnTo) => {
    const browser = new Browser();
    const login = await browser.open(
      `${world.gatewayUrl}/.sallyport/sign-in?return_to=${encodeURIComponent(returnTo)}`,
    );
    const page = await signIn(world, browser, ALICE, login);
    for (const hop of [...page.hops, page.url]) {
      expect([world.gatewayUrl, world.cognito.publicDomain]).toContain(hop.origin);
    }
    expect(page.url.origin).toBe(world.gatewayUrl);
  });

  it("never leads to another site by the address that was first asked for", async () => {
    const browser = new Browser();
    const login = await browser.request(world.gatewayUrl, {
      target: "//evil.example/",
      headers: { Accept: "text/html" },
    });
    const page = await signIn(world, browser, ALICE, await browser.open(login.headers.get("location") ?? ""));
    expect(page.url.href).toBe(`${world.gatewayUrl}//evil.example/`);
  });

  it("is finished only in the browser that started it, once, with its own state", async () => {
    const browser = new Browser();
    const login = await browser.open(`${world.gatewayUrl}/payees`);
    const submitted = await browser.request(login.url.origin + (login.forms[0]?.action ?? ""), {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        ...login.forms[0]?.fields,
        username: BOB.username,
        password: BOB.password,
      }).toString(),
    });
    const callback = submitted.headers.get("location") ?? "";
    world.confide(new URL(callback).searchParams.get("code"));
    const cookies = browser.cookieHeader(GATEWAY_HOST);

    const failed = async (url: string, Cookie: string) => {
      const answer = await send(url, { headers: Cookie === "" ? {} : { Cookie } });
      expect(answer.headers.getSetCookie().join()).not.toContain(SESSION_COOKIE);
      return refusalOf(answer);
    };
    expect(await failed(callback, "")).toEqual([400, "sign_in_failed"]);
    const other = await own("sign-in");
    const otherCookie = other.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect(await failed(callback, otherCookie)).toEqual([400, "sign_in_failed"]);
    const state = new URL(callback).searchParams.get("state") ?? "";
    expect(await failed(callback.replace(state, `${state.slice(0, -1)}~`), cookies)).toEqual([
      400,
      "sign_in_failed",
    ]);
    expect(await failed(callback.replace("code=", "code=x"), cookies)).toEqual([400, "sign_in_failed"]);
    expect(await failed(callback.replace(/code=[^&]*/, "error=access_denied"), cookies)).toEqual([
      400,
      "sign_in_failed",
    ]);

    const done = await browser.request(callback);
    expect([done.status, done.headers.get("location")]).toEqual([303, `${world.gatewayUrl}/payees`]);
    expect(await failed(callback, cookies)).toEqual([400, "sign_in_failed"]);
  });

  it("gives a session that no longer counts once its cookie is changed in any place", async () => {
    const { browser } = await signInPerson(world, ALICE);
    const session = browser.cookie(GATEWAY_HOST, SESSION_COOKIE) ?? "";
    for (let at = 0; at < session.length; at += Math.ceil(session.length / 40)) {
      // The last character of a part has bits that stand for nothing: another spelling of the same bytes.
      if (session[at] === "." || (session[at + 1] ?? ".") === ".") {
        continue;
      }
      const changed = session.slice(0, at) + (session[at] === "A" ? "B" : "A") + session.slice(at + 1);
      const answer = await send(`${world.gatewayUrl}/api/balance`, {
        headers: { Cookie: `${SESSION_COOKIE}=${changed}` },
      });
      expect(refusalOf(answer), String(at)).toEqual([401, "sign_in_required"]);
    }
  });
});

describe("signing out", () => {
  it("needs a click on the app's own page", async () => {
    const { browser } = await signInPerson(world, BOB);
    const asked = await browser.open(`${world.gatewayUrl}/.sallyport/sign-out`, "https://evil.example/");
    expect(asked.words).toContain("Sign out?");
    const cookie = browser.cookieHeader(GATEWAY_HOST);
    const foreign = await own("sign-out", { Cookie: cookie, Origin: "https://evil.example" }, "POST");
    expect(refusalOf(foreign)).toEqual([403, "cross_site"]);
    expect((await browser.request(`${world.gatewayUrl}/api/balance`)).status).toBe(200);
  });

  it("ends a program's session for every token of that sign-in, and no other", async () => {
    const ended = await tokensByPassword(world, BOB);
    const kept = await signInByPassword(world, BOB);
    expect((await own("sign-out", bearer(ended.accessToken), "POST")).status).toBe(303);
    for (const token of [ended.accessToken, ended.idToken]) {
      const read = await send(`${world.gatewayUrl}/api/balance`, { headers: bearer(token) });
      expect(refusalOf(read)).toEqual([401, "session_revoked"]);
      expect(read.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
      expect(refusalOf(await transferBy(world, token, SMALL))).toEqual([401, "session_revoked"]);
      expect(refusalOf(await own("session", bearer(token)))).toEqual([401, "session_revoked"]);
    }
    expect((await send(`${world.gatewayUrl}/api/balance`, { headers: bearer(kept) })).status).toBe(200);
    expect(bankHeard().map(({ url }) => url)).toEqual(["/api/balance"]);
  });
});

describe("a pushed policy", () => {
  const deny = {
    version: 1,
    default: { require: "sign-in" },
    routes: [{ id: "no-balance", match: { path: "/api/balance" }, require: "deny" }],
    reactions: [],
  };
  const balance = async () =>
    (await send(`${world.gatewayUrl}/api/balance`, { headers: bearer(alice) })).status;

  it(
    "changes decisions without a restart, and a wrong one changes nothing but the record",
    { timeout: 60_000 },
    async () => {
      expect(await balance()).toBe(200);
      await world.pushPolicy(JSON.stringify(deny));
      await expect.poll(balance, { timeout: PUSH_TIMEOUT_MS }).toBe(403);
      const version = (JSON.parse((await own("health")).text) as { policy: string }).policy;
      expect(version).toMatch(/^[0-9a-f]{12}$/);

      await world.pushPolicy('{"version":1,"routes":[]}');
      await expect
        .poll(
          async () => {
            await balance(); // a request is what makes the gateway look
            return recorded(world, "misconfigured").length;
          },
          { timeout: PUSH_TIMEOUT_MS },
        )
        .toBeGreaterThan(0);
      expect(await balance()).toBe(403);
      expect(problemOf(await send(`${world.gatewayUrl}/api/balance`, { headers: bearer(alice) })).code).toBe(
        "denied",
      );

      await world.pushPolicy(JSON.stringify({ ...deny, routes: [] }));
      await expect.poll(balance, { timeout: PUSH_TIMEOUT_MS }).toBe(200);
    },
  );
});
