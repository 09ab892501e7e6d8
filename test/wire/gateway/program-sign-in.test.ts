import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { completeInUi } from "../../support/authsignal-ui.ts";
import { Browser } from "../../support/browser.ts";
import { send } from "../../support/http.ts";
import { CHECK_COOKIE, submitName } from "../../support/own-sign-in.ts";
import { GATEWAY_HOST } from "../../support/person.ts";
import { ALICE, BOB } from "../../support/users.ts";
import { resetAuthsignal, startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";

let world: WatchedWorld;
beforeAll(async () => {
  world = await startWatchedWorld({ signIn: "passwordless", vars: { SIGN_IN_TRIES: "20" } });
});
beforeEach(() => resetAuthsignal(world));
afterAll(async () => {
  await world.close();
  expect(world.leaks()).toEqual([]);
});

/** What the endpoints answer, in either case. */
interface Said {
  readonly status: number;
  readonly code?: string;
  readonly state?: string;
  readonly challenge?: { readonly kind: string; readonly url: string; readonly expiresAt: string };
  readonly tokens?: { readonly idToken: string; readonly accessToken: string; readonly refreshToken: string };
}

async function post(step: "start" | "finish", body: unknown, type = "application/json"): Promise<Said> {
  const answer = await send(`${world.gatewayUrl}/.sallyport/sign-in/${step}`, {
    method: "POST",
    headers: { "Content-Type": type },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.getSetCookie()).toEqual([]);
  const said = { ...(JSON.parse(answer.text) as Omit<Said, "status">), status: answer.status };
  world.confide(said.state, said.tokens?.accessToken, said.tokens?.idToken, said.tokens?.refreshToken);
  return said;
}

/** Begins and passes the challenge; stops before the end. */
async function passed(user = ALICE) {
  const { state = "", challenge } = await post("start", { username: user.username });
  const { token } = await completeInUi(world, challenge?.url ?? "", user);
  return { state, token, url: challenge?.url ?? "" };
}

describe("a program's sign-in", () => {
  it("gives tokens that the gateway takes, after the challenge", async () => {
    const started = await post("start", { username: "alice" });
    expect(started).toMatchObject({ status: 200, challenge: { kind: "challenge" } });
    const leftMs = Date.parse(started.challenge?.expiresAt ?? "") - Date.now();
    expect(leftMs).toBeGreaterThan(170_000);
    const { token } = await completeInUi(world, started.challenge?.url ?? "", ALICE);
    const { status, tokens } = await post("finish", { state: started.state, token });
    expect(status).toBe(200);
    const me = await send(`${world.gatewayUrl}/.sallyport/session`, {
      headers: { Authorization: `Bearer ${tokens?.accessToken ?? ""}` },
    });
    expect(JSON.parse(me.text)).toMatchObject({ sub: ALICE.sub, carrier: "bearer" });
  });

  it("is over once it was answered, right or wrong", async () => {
    const { state, token } = await passed();
    const bob = await passed(BOB);
    expect(await post("finish", { state: bob.state, token })).toMatchObject({
      status: 403,
      code: "challenge_refused",
    });
    expect(await post("finish", bob)).toMatchObject({ status: 400 }); // `url` is not a member
    expect(await post("finish", { state: bob.state, token: bob.token })).toMatchObject({
      status: 410,
      code: "sign_in_expired",
    });
    expect((await post("finish", { state, token })).tokens).toBeDefined();
    expect(await post("finish", { state, token })).toMatchObject({ status: 410, code: "sign_in_expired" });
  });

  it("does not take the token that it began with", async () => {
    const { state, url } = await passed();
    const token = new URL(url).searchParams.get("token");
    expect(await post("finish", { state, token })).toMatchObject({ code: "challenge_refused" });
  });

  it("and a browser's are two things: neither's state does for the other", async () => {
    const at = await submitName(world, { username: "alice" });
    const cookie = at.browser.cookie(GATEWAY_HOST, CHECK_COOKIE) ?? "";
    const { token } = await completeInUi(world, at.url, ALICE);
    expect(await post("finish", { state: cookie, token })).toMatchObject({ code: "sign_in_failed" });
    const program = await passed();
    const browser = new Browser();
    browser.setCookie(GATEWAY_HOST, CHECK_COOKIE, program.state);
    const back = `${world.gatewayUrl}/.sallyport/sign-in/return?token=${program.token}`;
    expect((await browser.open(back)).words).toContain("sign_in_failed");
  });

  it("does not tell who exists", async () => {
    const shapes = await Promise.all(
      ["alice", ALICE.email, "nobody-such", "nobody@example.com"].map(async (username) => {
        const { status, state = "", challenge } = await post("start", { username });
        const url = new URL(challenge?.url ?? "");
        const tokenLength = url.searchParams.get("token")?.length;
        return [status, challenge?.kind, url.pathname, state.length, tokenLength];
      }),
    );
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
  });

  it.each([
    ["start", {}],
    ["start", { username: 1 }],
    ["start", { username: "alice", password: "x" }],
    ["start", "not json"],
    ["start", []],
    ["finish", { state: "x" }],
    ["finish", { state: "x", token: "" }],
    ["finish", { state: "x", token: "t".repeat(8_193) }],
  ] as const)("%s refuses %j", async (step, body) => {
    expect(await post(step, body)).toMatchObject({ status: 400, code: "invalid_request" });
  });

  it("takes JSON only, which no form of another site can send", async () => {
    const body = JSON.stringify({ username: "alice" });
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await post("start", body, type)).toMatchObject({ status: 400, code: "invalid_request" });
    }
  });

  it("counts tries together with the page's", async () => {
    for (let count = 0; count < 20; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await post("start", { username: "frank" });
    }
    expect(await post("start", { username: "Frank" })).toMatchObject({
      status: 429,
      code: "sign_in_throttled",
    });
    const { page } = await submitName(world, { username: "frank" });
    expect(page.status).toBe(429);
  });
});
