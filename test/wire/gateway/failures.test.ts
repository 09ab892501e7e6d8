import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { send, type Answer } from "../../support/http.ts";
import { startOrigin, type Origin } from "../../support/origin.ts";
import { problemOf, refusalOf, transferBy } from "../../support/program.ts";
import {
  startScriptedAuthsignal,
  trackedReply,
  type Question,
  type Reply,
  type ScriptedAuthsignal,
} from "../../support/scripted-authsignal.ts";
import { bearer, signInByPassword } from "../../support/sign-in.ts";
import { ALICE, BOB } from "../../support/users.ts";
import { startWatchedWorld, type WatchedWorld } from "../../support/watched-world.ts";

const ORIGIN_TIMEOUT_MS = 500;
/** Issue 2, "Done when". */
const MAX_REFUSAL_MS = 3_000;
const ORDER = { payee: "Marina", amount: 5 };

let origin: Origin;
let authsignal: ScriptedAuthsignal;
let world: WatchedWorld;
let alice: string;
beforeAll(async () => {
  origin = await startOrigin();
  authsignal = await startScriptedAuthsignal();
  world = await startWatchedWorld({
    origin: origin.url,
    policyFile: join(import.meta.dirname, "../../support/edge-policy.json"),
    vars: {
      AUTHSIGNAL_URL: authsignal.apiUrl,
      AUTHSIGNAL_CHALLENGE_HOSTS: "mfa.authsignal.com",
      ORIGIN_TIMEOUT_MS: String(ORIGIN_TIMEOUT_MS),
    },
  });
  alice = await signInByPassword(world, ALICE);
});
beforeEach(() => {
  origin.clear();
  authsignal.clear();
});
afterAll(async () => {
  await world.close();
  await Promise.all([origin.close(), authsignal.close()]);
  expect(world.leaks()).toEqual([]);
});

const challenge = (question: Question, changes: Record<string, unknown> = {}) =>
  trackedReply(question, { state: "CHALLENGE_REQUIRED", ...changes });

const WRONG_ANSWERS: readonly (readonly [string, (question: Question) => Reply])[] = [
  ["hangs", () => "hang"],
  ["breaks the connection", () => "reset"],
  ["answers 500", () => ({ status: 500, json: { error: "internal_server_error" } })],
  ["answers 500 without a body", () => ({ status: 500, type: "text/plain", text: "" })],
  ["answers 401", () => ({ status: 401, json: { error: "unauthorized" } })],
  ["answers 429", () => ({ status: 429, json: { error: "too_many_requests" } })],
  ["answers 302", () => ({ status: 302, type: "text/plain", text: "" })],
  ["sends a page", () => ({ type: "text/html", text: "<!doctype html><h1>Hello</h1>" })],
  ["sends half of an answer", () => ({ type: "application/json", text: '{"state":"ALLOW","isEnr' })],
  ["sends nothing", () => ({ type: "application/json", text: "" })],
  ["sends a list", () => ({ json: [] })],
  ["sends null", () => ({ json: null })],
  ["says a state nobody knows", (question) => trackedReply(question, { state: "ALLOWED" })],
  ["says a state in another case", (question) => trackedReply(question, { state: "allow" })],
  ["says a state that is a list", (question) => trackedReply(question, { state: ["ALLOW"] })],
  ["does not say who is enrolled", (question) => trackedReply(question, { isEnrolled: undefined })],
  ["says enrolled as text", (question) => trackedReply(question, { isEnrolled: "true" })],
  ["answers another question", (question) => trackedReply(question, { idempotencyKey: "another" })],
  ["leads to another host", (question) => challenge(question, { url: "https://evil.example/?token=x" })],
  [
    "leads to a look-alike",
    (question) => challenge(question, { url: "https://mfa.authsignal.com.evil.example/" }),
  ],
  [
    "leads to a user part",
    (question) => challenge(question, { url: "https://mfa.authsignal.com@evil.example/" }),
  ],
  ["leads to another port", (question) => challenge(question, { url: "https://mfa.authsignal.com:8443/" })],
  ["leads to plain http", (question) => challenge(question, { url: "http://mfa.authsignal.com/" })],
  ["leads to a script", (question) => challenge(question, { url: "javascript:alert(1)" })],
  ["leads nowhere", (question) => challenge(question, { url: "" })],
  ["gives no token", (question) => challenge(question, { token: "" })],
];

describe("when Authsignal does not answer as promised", () => {
  it.each(WRONG_ANSWERS)("and %s, a sensitive request is refused in time", async (_, reply) => {
    authsignal.answerWith(reply);
    const startedMs = performance.now();
    const refused = await transferBy(world, alice, ORDER);
    expect(performance.now() - startedMs).toBeLessThan(MAX_REFUSAL_MS);
    expect(refusalOf(refused)).toEqual([503, "step_up_unavailable"]);
    expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(refused.text).not.toMatch(/evil|authsignal|internal_server_error/i);
    expect(origin.arrivals()).toEqual([]);
  });

  it("a request may go on where its route says so", async () => {
    authsignal.answerWith(() => "reset");
    const answer = await send(`${world.gatewayUrl}/newsletter`, { method: "POST", headers: bearer(alice) });
    expect([answer.status, origin.arrivals()]).toMatchObject([200, [{ method: "POST", url: "/newsletter" }]]);
  });

  it("ordinary requests do not notice", async () => {
    authsignal.answerWith(() => "hang");
    expect((await send(`${world.gatewayUrl}/balance`, { headers: bearer(alice) })).status).toBe(200);
    expect(authsignal.questions()).toEqual([]);
  });

  it("it is asked once more when the connection broke, with the same key", async () => {
    authsignal.answerWith((question, nth) => (nth === 1 ? "reset" : trackedReply(question)));
    expect((await transferBy(world, alice, ORDER)).status).toBe(200);
    const [first, second, ...more] = authsignal.questions();
    expect(more).toEqual([]);
    expect(second).toEqual(first);
    expect(first?.path).toBe(`/v1/users/${ALICE.sub}/actions/transfer`);
    expect(origin.arrivals()).toHaveLength(1);
  });

  it("a token that cannot be validated completes nothing", async () => {
    authsignal.answerWith((question) => challenge(question));
    const { challenge: offered } = problemOf(await transferBy(world, alice, ORDER));
    for (const reply of [
      "hang",
      "reset",
      { status: 500, json: {} },
      { type: "text/html", text: "<p>Hello" },
      { json: { isValid: "yes" } },
    ] as const) {
      authsignal.answerWith(() => reply);
      const answer = await send(offered?.complete ?? "", {
        method: "POST",
        headers: { ...bearer(alice), "Content-Type": "application/json" },
        body: '{"token":"a.result.token"}',
      });
      expect(refusalOf(answer)).toEqual([503, "step_up_unavailable"]);
    }
    const state = await send(offered?.complete ?? "", { headers: bearer(alice) });
    expect(JSON.parse(state.text)).toMatchObject({ state: "pending" });
  });

  it.each([
    ["another user", { userId: BOB.sub }],
    ["no user", { userId: undefined }],
    ["another action", { action: "other" }],
    ["another challenge", { idempotencyKey: "00000000-0000-4000-8000-000000000000" }],
    ["no challenge", { idempotencyKey: undefined }],
    ["another state", { state: "ALLOW_ALL" }],
    ["no state, only isValid", { state: undefined }],
  ])("a validation of %s completes nothing", async (_, changes) => {
    authsignal.answerWith((question) => challenge(question));
    const { challenge: offered } = problemOf(await transferBy(world, alice, ORDER));
    authsignal.answerWith(() => ({
      json: {
        isValid: true,
        state: "CHALLENGE_SUCCEEDED",
        userId: ALICE.sub,
        action: "transfer",
        idempotencyKey: offered?.id,
        verificationMethod: "EMAIL_OTP",
        ...changes,
      },
    }));
    const answer = await send(offered?.complete ?? "", {
      method: "POST",
      headers: { ...bearer(alice), "Content-Type": "application/json" },
      body: '{"token":"a.result.token"}',
    });
    expect(refusalOf(answer)).toEqual([403, "challenge_refused"]);
  });
});

describe("what Authsignal is told", () => {
  it("is the sub, the route's attributes and a way back, and never a token", async () => {
    await transferBy(world, alice, ORDER, { "User-Agent": "test/1" });
    const [question] = authsignal.questions();
    expect(question?.body).toMatchObject({
      idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
      redirectUrl: expect.stringMatching(
        /^http:\/\/127\.0\.0\.1:\d+\/\.sallyport\/challenges\/[0-9a-f-]{36}\/return$/,
      ),
      userAgent: "test/1",
      custom: { amount: 5, payee: "Marina", route: "transfer", httpMethod: "POST" },
    });
    expect(JSON.stringify(question?.body)).not.toContain(alice);
    expect(question?.authorization).toBe(
      `Basic ${Buffer.from(`${world.authsignalSecret}:`).toString("base64")}`,
    );
  });

  it("a user who is not enrolled is not let through by ALLOW", async () => {
    authsignal.answerWith((question) => trackedReply(question, { isEnrolled: false }));
    expect(refusalOf(await transferBy(world, alice, ORDER))).toEqual([403, "enrolment_required"]);
    const allowed = await send(`${world.gatewayUrl}/newsletter`, { method: "POST", headers: bearer(alice) });
    expect(allowed.status).toBe(200);
    expect(origin.arrivals().map(({ url }) => url)).toEqual(["/newsletter"]);
  });

  it.each([
    ["BLOCK", "blocked"],
    ["REVIEW_REQUIRED", "review_required"],
  ])("%s is refused as %s", async (state, code) => {
    authsignal.answerWith((question) => trackedReply(question, { state }));
    expect(refusalOf(await transferBy(world, alice, ORDER))).toEqual([403, code]);
    expect(origin.arrivals()).toEqual([]);
  });
});

describe("when the origin does not answer", () => {
  const get = (path: string): Promise<Answer> => send(world.gatewayUrl + path, { headers: bearer(alice) });

  it("in time: 504", async () => {
    origin.answerWith(() => undefined);
    const startedMs = performance.now();
    expect(refusalOf(await get("/slow"))).toEqual([504, "origin_timeout"]);
    expect(performance.now() - startedMs).toBeLessThan(ORIGIN_TIMEOUT_MS * 5);
  });

  it("at all: 502, with nothing of what went wrong", async () => {
    origin.answerWith((request) => request.socket.resetAndDestroy());
    const refused = await get("/broken");
    expect(refusalOf(refused)).toEqual([502, "origin_unreachable"]);
    expect(refused.text).not.toMatch(/network|connection|127\.0\.0\.1/i);
  });

  it("to a public route: told the same way", async () => {
    origin.answerWith((request) => request.socket.resetAndDestroy());
    expect(refusalOf(await send(`${world.gatewayUrl}/public/a`))).toEqual([502, "origin_unreachable"]);
  });

  it("the deadline does not cover the body", async () => {
    origin.answerWith((_request, response) => {
      response.write("first ");
      setTimeout(() => response.end("last"), ORIGIN_TIMEOUT_MS + 200);
    });
    const answer = await get("/long");
    expect([answer.status, answer.text]).toEqual([200, "first last"]);
  });
});

describe("when Cognito's token endpoint fails", () => {
  it.each(["status", "html", "reset"] as const)("(%s) the sign-in says so", async (kind) => {
    const started = await send(`${world.gatewayUrl}/.sallyport/sign-in`);
    const state = new URL(started.headers.get("location") ?? "").searchParams.get("state") ?? "";
    const cookie = started.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    world.cognito.setFault({ endpoint: "token", kind });
    const answer = await send(`${world.gatewayUrl}/.sallyport/callback?code=x&state=${state}`, {
      headers: { Cookie: cookie },
    });
    world.cognito.setFault(undefined);
    expect([400, 503]).toContain(answer.status);
    expect(["sign_in_failed", "sign_in_unavailable"]).toContain(problemOf(answer).code);
    expect(answer.headers.getSetCookie().join()).not.toContain("__Host-sallyport-session");
  });
});
