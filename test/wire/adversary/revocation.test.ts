import { once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { startIssuer, type Issuer } from "../../support/forged-tokens.ts";
import { startOrigin, type Origin } from "../../support/origin.ts";
import { startWebhookWorld, userNamed, type WebhookWorld } from "../../support/webhooks.ts";
import { callSigned } from "../local/cognito/signed.ts";

const STALENESS_MS = 1_000;
/** How long a socket may outlive its session (design, Budgets). */
const BOUND_MS = 1_000;
const PARALLEL = 20;
const WAIT = { timeout: 10_000, interval: 10 };
const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [
    { id: "live", match: { path: "/live/*" }, require: "sign-in", revocable: true },
    {
      id: "pay",
      match: { methods: ["POST"], path: "/pay" },
      require: "step-up",
      action: "pay",
      unenrolled: "allow",
    },
    {
      id: "transfer",
      match: { methods: ["POST"], path: "/transfer" },
      require: "step-up",
      action: "transfer",
      fresh: "once",
    },
  ],
  reactions: [
    { id: "removed", on: ["authenticator.deleted"], do: ["revoke-user"] },
    { id: "blocked", on: ["action.log_created"], do: ["revoke-session"] },
  ],
};

let origin: Origin;
let hooks: WebhookWorld;
let sockets: WebSocket[] = [];

beforeAll(async () => {
  origin = await startOrigin();
  hooks = await startWebhookWorld({
    policy: POLICY,
    vars: { STALENESS_SECONDS: String(STALENESS_MS / 1000), ADMIN_GROUP: "fraud" },
    world: { origin: origin.url },
  });
});
afterAll(async () => {
  await hooks.close();
  await origin.close();
});
afterEach(() => {
  sockets.forEach((socket) => socket.terminate());
  sockets = [];
});

/** A sign-in in the very second of a revocation is over, by design. */
async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await vi.waitUntil(() => Math.floor(Date.now() / 1000) > second, WAIT);
}

const headersOf = (token: string) => ({ Authorization: `Bearer ${token}` });

/** When a request was sent, and what became of it. */
async function sent(token: string, method: string, path: string): Promise<{ atMs: number; status: number }> {
  const atMs = performance.now();
  const answer = await fetch(hooks.world.gatewayUrl + path, { method, headers: headersOf(token) });
  await answer.arrayBuffer();
  return { atMs, status: answer.status };
}

const statusOf = async (token: string, method: string, path: string) =>
  (await sent(token, method, path)).status;

async function refreshed(refreshToken: string): Promise<string> {
  const { json } = await hooks.cognito("GetTokensFromRefreshToken", { RefreshToken: refreshToken });
  // The documented shape of the answer (cognito.md).
  return (json as { AuthenticationResult: { AccessToken: string } }).AuthenticationResult.AccessToken;
}

describe("a thief with a copied token", () => {
  beforeEach(nextSecond);

  it("gets nothing through that was sent after the event was accepted, however many race it", async () => {
    const { AccessToken: token } = await hooks.signIn("alice");
    expect(await statusOf(token, "POST", "/pay")).toBe(200);
    const over = new AbortController();
    const racing = Array.from({ length: PARALLEL }, async () => {
      const all: { atMs: number; status: number }[] = [];
      while (!over.signal.aborted) {
        all.push(await sent(token, "POST", "/pay"));
      }
      return [...all, await sent(token, "POST", "/pay")];
    });
    expect((await hooks.deliver(hooks.eventOf("alice"))).status).toBe(200);
    const acceptedMs = performance.now();
    over.abort();
    const tries = (await Promise.all(racing)).flat();
    const late = tries.filter(({ atMs }) => atMs >= acceptedMs).map(({ status }) => status);
    expect(late.length).toBeGreaterThanOrEqual(PARALLEL);
    expect(new Set(late)).toEqual(new Set([401]));
    // Nobody is told of a failure meanwhile: each is let through or refused.
    expect(tries.filter(({ status }) => status !== 200 && status !== 401)).toEqual([]);
  });

  it("is refused on ordinary routes too as soon as the last read is too old", async () => {
    const { AccessToken: token } = await hooks.signIn("alice");
    expect(await statusOf(token, "GET", "/account")).toBe(200);
    expect((await hooks.deliver(hooks.eventOf("alice"))).status).toBe(200);
    expect(await statusOf(token, "POST", "/pay")).toBe(401);
    // That sensitive route has read the ledger just now, in this isolate: the other one knows it at once.
    expect(await statusOf(token, "GET", "/account")).toBe(401);

    const other = (await hooks.signIn("bob")).AccessToken;
    expect(await statusOf(other, "GET", "/account")).toBe(200);
    expect((await hooks.deliver(hooks.eventOf("bob"))).status).toBe(200);
    const acceptedMs = performance.now();
    let lastMs = acceptedMs;
    await vi.waitUntil(async () => {
      const { atMs, status } = await sent(other, "GET", "/account");
      lastMs = status === 200 ? atMs : lastMs;
      return status === 401;
    }, WAIT);
    expect(lastMs - acceptedMs).toBeLessThanOrEqual(STALENESS_MS);
  });

  it("gains nothing by refreshing, and a real sign-in works at once", async () => {
    const { AccessToken: token, RefreshToken } = await hooks.signIn("alice");
    expect(await statusOf(token, "POST", "/pay")).toBe(200);
    expect((await hooks.deliver(hooks.eventOf("alice"))).status).toBe(200);
    for (let round = 0; round < 2; round += 1) {
      const renewed = await refreshed(RefreshToken);
      expect(await hooks.visit(renewed)).toEqual({ status: 401, code: "session_revoked" });
      expect(await statusOf(renewed, "POST", "/pay")).toBe(401);
    }
    await nextSecond();
    const again = await hooks.signIn("alice");
    expect(await statusOf(again.AccessToken, "POST", "/pay")).toBe(200);
    expect(await statusOf(await refreshed(again.RefreshToken), "POST", "/pay")).toBe(200);
  });

  it("keeps no socket, were it opened in the very moment of the revocation", async () => {
    const { AccessToken: token } = await hooks.signIn("alice");
    const closed: Promise<number>[] = [];
    const open = () => {
      const socket = new WebSocket(`${hooks.world.gatewayUrl.replace("http", "ws")}/live/ws`, {
        headers: headersOf(token),
      });
      sockets.push(socket);
      socket.on("error", () => undefined); // refused: closed as well
      closed.push(once(socket, "close").then(() => performance.now()));
    };
    open();
    await vi.waitUntil(() => sockets[0]?.readyState === WebSocket.OPEN, WAIT);
    const delivered = hooks.deliver(hooks.eventOf("alice"));
    const over = new AbortController();
    void delivered.then(() => over.abort());
    while (!over.signal.aborted) {
      open();
      await vi.waitUntil(
        () => over.signal.aborted || sockets.at(-1)?.readyState !== WebSocket.CONNECTING,
        WAIT,
      );
    }
    expect((await delivered).status).toBe(200);
    const acceptedMs = performance.now();
    const lastMs = Math.max(...(await Promise.all(closed)));
    expect(lastMs - acceptedMs).toBeLessThan(BOUND_MS + STALENESS_MS);
    expect(sockets.length).toBeGreaterThan(1);
  });
});

describe("an event", () => {
  beforeEach(nextSecond);

  it("of one user that names the challenge of another ends nothing of either", async () => {
    const [alice, bob] = [await hooks.signIn("alice"), await hooks.signIn("bob")];
    const asked = await fetch(`${hooks.world.gatewayUrl}/transfer`, {
      method: "POST",
      headers: { ...headersOf(alice.AccessToken), "Content-Type": "application/json" },
      body: JSON.stringify({ amount: 5_000 }),
    });
    const { challenge } = (await asked.json()) as { challenge?: { id: string } };
    const key = challenge?.id ?? "";
    const about = (username: string) => ({
      records: [
        hooks.recordOf(username, "action.log_created", { actionCode: "transfer", idempotencyKey: key }),
      ],
    });
    expect(key).not.toBe("");
    expect((await hooks.deliver(about("bob"))).status).toBe(200);
    for (const { AccessToken } of [alice, bob]) {
      expect(await statusOf(AccessToken, "POST", "/pay")).toBe(200);
    }
    expect((await hooks.deliver(about("alice"))).status).toBe(200);
    expect(await statusOf(alice.AccessToken, "POST", "/pay")).toBe(401);
  });

  it.each([
    ["of the year 9999", "9999-12-31T23:59:59Z", 401],
    ["of six minutes from now", new Date(Date.now() + 360_000).toISOString(), 401],
    ["of 1970", "1970-01-01T00:00:00Z", 200],
    ["of the year 0", "0000-01-01T00:00:00Z", 200],
  ])("%s locks nobody out", async (_, time, status) => {
    const before = await hooks.signIn("alice");
    expect((await hooks.deliver(hooks.eventOf("alice", { time }))).status).toBe(200);
    expect(await statusOf(before.AccessToken, "POST", "/pay")).toBe(status);
    await nextSecond();
    const after = await hooks.signIn("alice");
    expect(await statusOf(after.AccessToken, "POST", "/pay")).toBe(200);
  });

  it("of no time, or about a name that could be another ledger's, is refused and changes nothing", async () => {
    const { AccessToken } = await hooks.signIn("alice");
    const { sub } = userNamed("alice");
    for (const time of [
      "-000001-01-01T00:00:00Z",
      "+010000-01-01T00:00:00Z",
      "1e400",
      253_402_300_800_000,
      null,
    ]) {
      expect([time, (await hooks.deliver(hooks.eventOf("alice", { time }))).status]).toEqual([time, 400]);
    }
    for (const userId of [
      `../${sub}`,
      `${sub}/../b0b00000`,
      `%2e%2e%2f${sub}`,
      `${sub}%00`,
      `${sub}\u0000`,
      ` ${sub}`,
      sub.replace("a", "\uff41"),
      `${sub}\u202e`,
      "x".repeat(10_000),
      "",
      "user",
    ]) {
      const data = { userId, userAuthenticatorId: "x", verificationMethod: "SMS" };
      const { status } = await hooks.deliver(hooks.eventOf("alice", { data }));
      expect([userId, status]).toEqual([userId, 400]);
    }
    expect(await statusOf(AccessToken, "POST", "/pay")).toBe(200);
  });

  it("with huge texts where nothing rests on them still ends what it must", async () => {
    const { AccessToken } = await hooks.signIn("alice");
    const huge = "x".repeat(100_000);
    const data = {
      userId: userNamed("alice").sub,
      userAuthenticatorId: huge,
      verificationMethod: huge,
      __proto__: { polluted: huge },
      constructor: huge,
    };
    expect((await hooks.deliver(hooks.eventOf("alice", { data, extra: huge }))).status).toBe(200);
    expect(await statusOf(AccessToken, "POST", "/pay")).toBe(401);
  });
});

describe("the admin endpoints of both Workers", () => {
  const places = () =>
    [
      `${hooks.world.gatewayUrl}/.sallyport/admin/users/${userNamed("bob").sub}/sessions`,
      new URL("/admin/events", hooks.world.webhooksUrl).href,
    ] as const;
  const ask = async (headers: Readonly<Record<string, string>>) =>
    Promise.all(
      places().map(async (url) => {
        const answer = await fetch(url, { headers });
        await answer.arrayBuffer();
        return answer.status;
      }),
    );

  it("refuse what is no key", async () => {
    const { adminKey, authsignalSecret } = hooks.world;
    for (const headers of [
      {},
      { Authorization: "Bearer " },
      { Authorization: `Bearer ${"k".repeat(48)}` },
      { Authorization: `Bearer ${adminKey.slice(0, -1)}` },
      { Authorization: `Bearer ${adminKey}x` },
      { Authorization: `Basic ${adminKey}` },
      { Authorization: `Bearer ${authsignalSecret}` },
      { Authorization: "Bearer undefined" },
      { Cookie: `admin=${adminKey}` },
    ]) {
      expect([headers, await ask(headers)]).toEqual([headers, [401, 401]]);
    }
    for (const name of [
      "..%2f..%2fhealth",
      "%2e%2e",
      "a11ce000%2fsessions",
      "user",
      "\uff4111ce000-5a11-4b0f",
    ]) {
      const url = `${hooks.world.gatewayUrl}/.sallyport/admin/users/${name}/sessions`;
      const { status } = await fetch(url, { method: "DELETE", headers: headersOf(adminKey) });
      expect([name, [400, 404].includes(status)]).toEqual([name, true]);
    }
  });

  it("take a token of the group, of this pool, of a session that lives; and no other", async () => {
    const outside = await hooks.signIn("bob");
    const claimsOf = (token: string) =>
      JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { iss: string };
    const UserPoolId = claimsOf(outside.AccessToken).iss.split("/").at(-1);
    const signed = (operation: string, body: object) =>
      callSigned(hooks.world.cognito, operation, JSON.stringify({ UserPoolId, ...body }));
    expect((await signed("CreateGroup", { GroupName: "fraud" })).status).toBe(200);
    expect(await ask(headersOf(outside.AccessToken))).toEqual([403, 403]);
    expect((await signed("AdminAddUserToGroup", { GroupName: "fraud", Username: "bob" })).status).toBe(200);
    const { AccessToken } = await hooks.signIn("bob");
    expect(await ask(headersOf(AccessToken))).toEqual([200, 200]);
    expect(await ask({ Cookie: `__Host-sallyport-session=${AccessToken}` })).toEqual([401, 401]);

    const foreign: Issuer = await startIssuer();
    const claims = claimsOf(AccessToken);
    for (const iss of [foreign.issuer, claims.iss]) {
      expect(await ask(headersOf(await foreign.sign({ ...claims, iss })))).toEqual([401, 401]);
    }
    await foreign.close();

    expect((await hooks.deliver(hooks.eventOf("bob"))).status).toBe(200);
    expect(await ask(headersOf(AccessToken))).toEqual([401, 401]);
  });
});
