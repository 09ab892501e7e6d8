import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { signInAuthsignal, type SignInApi, type SignInQuestion } from "../../../src/authsignal/sign-in.ts";
import { ActionCode } from "../../../src/policy/schema.ts";
import {
  startScriptedAuthsignal,
  trackedReply,
  type Reply,
  type ScriptedAuthsignal,
} from "../../support/scripted-authsignal.ts";
import { principalOf, SUB } from "../identity/fixtures.ts";

const DEADLINE_MS = 1_500;
const ACTION = z.parse(ActionCode, "sign-in");

describe("Authsignal for sign-in", () => {
  let authsignal: ScriptedAuthsignal;
  let within: (remainingMs: () => number) => SignInApi;
  let api: SignInApi;
  beforeAll(async () => {
    authsignal = await startScriptedAuthsignal();
    within = signInAuthsignal({
      apiUrl: authsignal.apiUrl,
      secrets: ["the-secret", "the-other-secret"],
      deadlineMs: DEADLINE_MS,
      challengeHosts: ["mfa.authsignal.com"],
    });
    api = within(() => DEADLINE_MS);
    await api.track(question()); // the SDK is loaded once
  });
  beforeEach(() => authsignal.clear());
  afterAll(() => authsignal.close());

  const question = (changes: Partial<SignInQuestion> = {}): SignInQuestion => ({
    userId: principalOf().sub,
    action: ACTION,
    idempotencyKey: "key-1",
    custom: { firstFactor: "none" },
    ...changes,
  });
  const answering = (reply: Reply) => authsignal.answerWith(() => reply);
  const validate = () => api.validate("token", principalOf().sub, ACTION);
  const enrol = () => api.enrolAddress(principalOf().sub, { method: "EMAIL_OTP", email: "a@example.com" });

  it("asks what it is told to, and nothing that it is not told", async () => {
    const asked = question({
      email: "a@example.com",
      deviceId: "d",
      locale: "es",
      redirectUrl: "https://x.example",
    });
    expect(await api.track(asked)).toMatchObject({ ok: true, value: { state: "ALLOW", isEnrolled: true } });
    const { userId: _user, action: _action, ...attributes } = asked;
    expect(authsignal.questions()).toMatchObject([
      { path: `/v1/users/${SUB}/actions/sign-in`, body: attributes },
    ]);
    expect(Object.keys(authsignal.questions()[0]?.body ?? {}).toSorted()).toEqual(
      Object.keys(attributes).toSorted(),
    );
  });

  it("takes no answer about another action", async () => {
    authsignal.answerWith((asked) => trackedReply(asked, { idempotencyKey: "key-2" }));
    expect(await api.track(question())).toEqual({ ok: false, error: { reason: "bad_answer" } });
  });

  it("takes no way to another host", async () => {
    authsignal.answerWith((asked) =>
      trackedReply(asked, { state: "CHALLENGE_REQUIRED", url: "https://evil.example/?token=x" }),
    );
    expect(await api.track(question())).toEqual({ ok: false, error: { reason: "bad_answer" } });
  });

  it("enrols an address, and believes only an authenticator", async () => {
    answering({ json: { authenticator: { userAuthenticatorId: "a1" } } });
    expect(await enrol()).toEqual({ ok: true, value: undefined });
    expect(authsignal.questions()).toMatchObject([
      {
        path: `/v1/users/${SUB}/authenticators`,
        body: { verificationMethod: "EMAIL_OTP", email: "a@example.com" },
      },
    ]);
    answering({ json: {} });
    expect(await enrol()).toEqual({ ok: false, error: { reason: "bad_answer" } });
  });

  it("reads when an action got its state", async () => {
    answering({
      json: { isValid: true, state: "CHALLENGE_SUCCEEDED", stateUpdatedAt: "2026-11-23T09:00:00Z" },
    });
    expect(await validate()).toMatchObject({
      ok: true,
      value: { state: "CHALLENGE_SUCCEEDED", stateUpdatedAt: "2026-11-23T09:00:00Z", userId: undefined },
    });
  });

  it.each([
    ["hangs", "hang", { reason: "timeout" }],
    ["hangs up", "reset", { reason: "unreachable" }],
    ["fails", { status: 503, json: { error: "x" } }, { reason: "refused", status: 503 }],
    ["throttles", { status: 429, json: { error: "too_many_requests" } }, { reason: "refused", status: 429 }],
    ["talks nonsense", { type: "text/html", text: "<h1>no</h1>" }, { reason: "bad_answer" }],
  ] as const)("names the problem when Authsignal %s", async (_, reply, error) => {
    answering(reply);
    const answers = await Promise.all([api.track(question()), validate(), enrol()]);
    expect(answers).toEqual([0, 1, 2].map(() => ({ ok: false, error })));
  });

  it("gives a later question of one invocation what is left of its time", async () => {
    answering("hang");
    const startedMs = performance.now();
    const remaining = within(() => Math.max(0, 150 - (performance.now() - startedMs)));
    await remaining.track(question());
    await remaining.validate("token", principalOf().sub, ACTION);
    expect(performance.now() - startedMs).toBeLessThan(DEADLINE_MS);
  });

  it("uses the other key when one is refused", async () => {
    authsignal.answerWith((asked) =>
      asked.authorization === `Basic ${btoa("the-other-secret:")}`
        ? trackedReply(asked)
        : { status: 401, json: { error: "unauthorized" } },
    );
    expect(await api.track(question())).toMatchObject({ ok: true });
  });
});
