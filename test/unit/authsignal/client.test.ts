import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { authsignalClient } from "../../../src/authsignal/client.ts";
import type { ChallengeApi, TrackRequest } from "../../../src/authsignal/port.ts";
import { ActionCode } from "../../../src/policy/schema.ts";
import {
  startScriptedAuthsignal,
  trackedReply,
  type Reply,
  type ScriptedAuthsignal,
} from "../../support/scripted-authsignal.ts";
import { principalOf, SUB } from "../identity/fixtures.ts";
import { challengeId } from "../stepup/fixtures.ts";

const SECRET = "the-api-secret-of-this-test";
const DEADLINE_MS = 1_000;
const ACTION = z.parse(ActionCode, "transfer");

let authsignal: ScriptedAuthsignal;
let client: ChallengeApi;
/** Each test begins long after the one before: the circuit breaker has forgotten it. */
let nowMs = 0;
const logged: string[] = [];
beforeAll(async () => {
  authsignal = await startScriptedAuthsignal();
  client = authsignalClient({
    apiUrl: authsignal.apiUrl,
    secrets: [SECRET],
    deadlineMs: DEADLINE_MS,
    challengeHosts: ["mfa.authsignal.com", "localhost:1234"],
    nowMs: () => nowMs,
  });
  await client.track(request()); // the SDK is loaded once
});
beforeEach(() => {
  authsignal.clear();
  nowMs += 60_000;
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
      logged.push(words.map(String).join(" "));
    });
  }
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  await authsignal.close();
  expect(logged).toEqual([]);
});

function request(changes: Partial<TrackRequest> = {}): TrackRequest {
  return {
    userId: principalOf().sub,
    action: ACTION,
    idempotencyKey: challengeId(),
    redirectUrl: "https://app.example.com/back",
    ipAddress: undefined,
    userAgent: undefined,
    deviceId: undefined,
    custom: { amount: 5 },
    ...changes,
  };
}

async function track(reply?: (nth: number) => Reply | "good") {
  if (reply !== undefined) {
    authsignal.answerWith((question, nth) => {
      const answer = reply(nth);
      return answer === "good" ? trackedReply(question) : answer;
    });
  }
  const outcome = await client.track(request());
  expect(JSON.stringify(outcome)).not.toContain(SECRET);
  return outcome;
}

describe("track", () => {
  it("sends what is known, and nothing that is not", async () => {
    expect(await track()).toMatchObject({
      ok: true,
      value: { state: "ALLOW", isEnrolled: true, ruleIds: [] },
    });
    const [question] = authsignal.questions();
    expect(question?.path).toBe(`/v1/users/${SUB}/actions/transfer`);
    expect(question?.body).toEqual({
      idempotencyKey: challengeId(),
      redirectUrl: "https://app.example.com/back",
      custom: { amount: 5 },
    });
    expect(question?.authorization).toBe(`Basic ${Buffer.from(`${SECRET}:`).toString("base64")}`);
    await client.track(request({ ipAddress: "203.0.113.7", userAgent: "ua", deviceId: "d" }));
    expect(authsignal.questions()[1]?.body).toMatchObject({
      ipAddress: "203.0.113.7",
      userAgent: "ua",
      deviceId: "d",
    });
  });

  it("hangs no longer than its deadline, and does not ask again after it", async () => {
    const startedMs = performance.now();
    expect(await track(() => "hang")).toEqual({ ok: false, error: { reason: "timeout" } });
    expect(performance.now() - startedMs).toBeLessThan(DEADLINE_MS * 3);
    // A retry would have been sent by the time that a later question has its answer.
    authsignal.answerWith((question) => trackedReply(question));
    await client.track(request({ idempotencyKey: challengeId("0c0ffee0-0000-4000-8000-000000000002") }));
    await client.track(request({ idempotencyKey: challengeId("0c0ffee0-0000-4000-8000-000000000003") }));
    const keys = authsignal.questions().map(({ body }) => body["idempotencyKey"]);
    expect(keys.filter((key) => key === challengeId())).toHaveLength(1);
  });

  it("is asked once more with the same key when the connection broke, and not a third time", async () => {
    expect(await track((nth) => (nth === 1 ? "reset" : "good"))).toMatchObject({ ok: true });
    const [first, second, ...more] = authsignal.questions();
    expect([second, more]).toEqual([first, []]);
    authsignal.clear();
    expect(await track(() => "reset")).toEqual({ ok: false, error: { reason: "unreachable" } });
    expect(authsignal.questions()).toHaveLength(2);
  });

  it.each<[string, Reply]>([
    ["400", { status: 400, json: { error: "invalid_request", errorDescription: SECRET } }],
    ["401", { status: 401, json: { error: "unauthorized" } }],
    ["429", { status: 429, json: { error: "too_many_requests" } }],
    ["500", { status: 500, json: { error: "internal_server_error" } }],
    ["503 with a page", { status: 503, type: "text/html", text: `<p>${SECRET}` }],
  ])("refused with %s is not asked again", async (status, reply) => {
    expect(await track(() => reply)).toEqual({
      ok: false,
      error: { reason: "refused", status: Number.parseInt(status, 10) },
    });
    expect(authsignal.questions()).toHaveLength(1);
  });

  it("follows no redirect", async () => {
    expect(await track(() => ({ status: 302, type: "text/plain", text: "" }))).toMatchObject({ ok: false });
  });

  it.each<[string, Reply]>([
    ["a page", { type: "text/html", text: "<!doctype html>" }],
    ["nothing", { type: "application/json", text: "" }],
    ["half of it", { type: "application/json", text: '{"state":"ALL' }],
    ["null", { json: null }],
    ["a list", { json: [] }],
    ["no state", { json: { isEnrolled: true, url: "x", token: "t", idempotencyKey: challengeId() } }],
  ])("answered with %s is a bad answer", async (_, reply) => {
    expect(await track(() => reply)).toEqual({ ok: false, error: { reason: "bad_answer" } });
  });

  it.each(["..", ".", ""])(
    "of a user or action called %j is not asked: it would be another endpoint",
    async (id) => {
      const odd = z.parse(z.string(), id) as never; // what the brands keep out
      for (const changes of [{ userId: odd }, { action: odd }]) {
        expect(await client.track(request(changes))).toEqual({
          ok: false,
          error: { reason: "bad_question" },
        });
      }
      expect(authsignal.questions()).toEqual([]);
    },
  );

  it("keeps a user and an action in their places of the path, whatever they are called", async () => {
    const odd = "../validate?x=1#/%2e%2e\\y" as never; // what the brands keep out
    await client.track(request({ userId: odd, action: odd }));
    const name = encodeURIComponent(odd);
    expect(authsignal.questions().map(({ path }) => path)).toEqual([`/v1/users/${name}/actions/${name}`]);
  });

  it("answered about another question is a bad answer", async () => {
    for (const idempotencyKey of ["other", undefined, null]) {
      authsignal.answerWith((question) => trackedReply(question, { idempotencyKey }));
      expect(await client.track(request())).toEqual({ ok: false, error: { reason: "bad_answer" } });
    }
  });

  it("answered with a state that nobody knows is unknown", async () => {
    authsignal.answerWith((question) => trackedReply(question, { state: "CHALLENGE_SUCCEEDED" }));
    expect(await client.track(request())).toMatchObject({ ok: true, value: { state: "unknown" } });
  });

  it.each([
    ["https://mfa.authsignal.com/?token=x", true],
    ["https://mfa.authsignal.com:443/", true],
    ["http://localhost:1234/challenge", true],
    ["http://mfa.authsignal.com/", false],
    ["http://localhost:1235/", false],
    ["https://mfa.authsignal.com:444/", false],
    ["https://mfa.authsignal.com.evil.example/", false],
    ["https://evil.example/?https://mfa.authsignal.com", false],
    ["https://mfa.authsignal.com@evil.example/", false],
    ["https://user@mfa.authsignal.com/", false],
    ["//mfa.authsignal.com/", false],
    ["javascript:alert(1)//mfa.authsignal.com", false],
    ["", false],
  ])("that leads to %s is taken: %s", async (url, isTaken) => {
    for (const changes of [{ state: "CHALLENGE_REQUIRED" }, { state: "ALLOW", isEnrolled: false }]) {
      authsignal.answerWith((question) => trackedReply(question, { ...changes, url }));
      expect((await client.track(request())).ok).toBe(isTaken);
    }
  });
});

describe("validate", () => {
  const validate = () => client.validate("the-token", principalOf().sub, ACTION);

  it("asks about a token, a user and an action, and gives what a decision may rest on", async () => {
    authsignal.answerWith(() => ({
      json: {
        isValid: true,
        state: "CHALLENGE_SUCCEEDED",
        userId: SUB,
        action: "transfer",
        idempotencyKey: "k",
        verificationMethod: "SMS",
        more: 1,
      },
    }));
    expect(await validate()).toEqual({
      ok: true,
      value: {
        state: "CHALLENGE_SUCCEEDED",
        userId: SUB,
        action: "transfer",
        idempotencyKey: "k",
        verificationMethod: "SMS",
      },
    });
    expect(authsignal.questions()[0]?.body).toMatchObject({
      token: "the-token",
      userId: SUB,
      action: "transfer",
    });
  });

  it.each<[string, Reply]>([
    ["a page", { type: "text/html", text: "<p>" }],
    ["no word about it", { json: {} }],
    ["a state that is no text", { json: { isValid: true, state: 1 } }],
    ["nothing", "hang"],
    ["a broken connection", "reset"],
    ["500", { status: 500, json: {} }],
  ])("fails on %s, with nothing of the secret or the token", async (_, reply) => {
    authsignal.answerWith(() => reply);
    const outcome = await validate();
    expect(outcome.ok).toBe(false);
    expect(JSON.stringify(outcome)).not.toMatch(/the-token|the-api-secret/);
  });
});

describe("one action", () => {
  const key = { userId: principalOf().sub, action: ACTION, idempotencyKey: challengeId() };
  const PATH = `/v1/users/${SUB}/actions/transfer/${challengeId()}`;

  it("is made one that must be challenged, and only what Authsignal then says counts", async () => {
    authsignal.answerWith(() => ({ json: { state: "CHALLENGE_REQUIRED" } }));
    expect(await client.force(key)).toEqual({ ok: true, value: true });
    expect(authsignal.questions()).toMatchObject([
      { method: "PATCH", path: PATH, body: { state: "CHALLENGE_REQUIRED" } },
    ]);
    authsignal.answerWith(() => ({ json: { state: "ALLOW" } }));
    expect(await client.force(key)).toEqual({ ok: true, value: false });
  });

  it("is read for its state", async () => {
    authsignal.answerWith(() => ({ json: { state: "REVIEW_SUCCEEDED", more: 1 } }));
    expect(await client.stateOf(key)).toEqual({ ok: true, value: "REVIEW_SUCCEEDED" });
    expect(authsignal.questions()).toMatchObject([{ method: "GET", path: PATH }]);
  });

  it("tells with the user's authenticators how old the one is that was used", async () => {
    const createdAt = "2026-01-01T00:00:00.000Z";
    authsignal.answerWith(({ path }) => ({
      json: path.includes("/authenticators")
        ? [{ userAuthenticatorId: "a", verificationMethod: "PASSKEY", createdAt }]
        : [{ idempotencyKey: challengeId(), verifiedByAuthenticatorId: "a" }],
    }));
    expect(await client.factorOf(key, "PASSKEY")).toEqual({
      ok: true,
      value: { sinceMs: Date.parse(createdAt) },
    });
    const paths = authsignal.questions().map(({ path }) => path);
    expect(paths.toSorted()).toEqual([
      `/v1/users/${SUB}/actions?codes=transfer`,
      `/v1/users/${SUB}/authenticators`,
    ]);
  });

  it.each<[string, Reply]>([
    ["a page", { type: "text/html", text: "<p>" }],
    ["no state", { json: {} }],
    ["nothing", "hang"],
    ["404", { status: 404, json: { error: "not_found" } }],
    ["400", { status: 400, json: { error: "invalid_request", errorDescription: SECRET } }],
  ])("answered with %s fails, with nothing of the secret", async (_, reply) => {
    authsignal.answerWith(() => reply);
    const outcomes = await Promise.all([client.force(key), client.stateOf(key), client.factorOf(key, "SMS")]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, false, false]);
    expect(JSON.stringify(outcomes)).not.toContain(SECRET);
  });
});
