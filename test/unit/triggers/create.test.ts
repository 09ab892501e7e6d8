import { base64url } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { fail } from "../../../src/http/result.ts";
import { signClientContext } from "../../../src/triggers/client-context.ts";
import { createAuthChallenge } from "../../../src/triggers/create.ts";
import type { CreateEvent } from "../../../src/triggers/events.ts";
import { afterEnrolment } from "../../../src/triggers/question.ts";
import {
  CLIENTS,
  createEvent,
  jwt,
  KEY,
  NONCE,
  NOW_SECONDS,
  portsOf,
  PREPARED,
  scripted,
  SRP,
  step,
  SUB,
} from "./fixtures.ts";

describe("CreateAuthChallenge", () => {
  let authsignal: ReturnType<typeof scripted>;
  beforeEach(() => {
    authsignal = scripted();
  });

  const create = async (event: CreateEvent, now = NOW_SECONDS) =>
    createAuthChallenge(event, CLIENTS, await portsOf(authsignal.api, { nowSeconds: () => now }));
  const made = async (event: CreateEvent, now?: number) => {
    const created = await create(event, now);
    if (!created.ok) {
      throw new Error(`refused: ${created.error.code} ${created.error.reason}`);
    }
    return created.value;
  };
  const codeOf = async (event: CreateEvent): Promise<string> => {
    const created = await create(event);
    return created.ok ? "made" : created.error.code;
  };
  const stranger = { userNotFound: true, userAttributes: {} };

  it("names the sign-in first, and asks nobody", async () => {
    const { publicChallengeParameters, challengeMetadata } = await made(createEvent("passwordless", []));
    expect(publicChallengeParameters).toEqual({ step: "prepare" });
    expect(challengeMetadata).toBe(`sallyport:prepare:${NONCE}:0`);
    expect(authsignal.questions).toEqual([]);
  });

  it("asks about the user by sub, with what Cognito has verified and no more", async () => {
    await made(createEvent("prebuilt", [PREPARED]));
    expect(authsignal.questions).toEqual([
      {
        userId: SUB,
        action: "sign-in",
        idempotencyKey: KEY,
        redirectUrl: "https://app.example.com/back",
        email: "alice@example.com",
        custom: { clientId: "prebuilt", firstFactor: "none", deviceSource: "none" },
      },
    ]);
    const unverified = { sub: SUB, email: "eve@example.com", phone_number: "+15550100" };
    await made(createEvent("prebuilt", [PREPARED], { userAttributes: unverified }));
    expect(authsignal.questions[1]).not.toHaveProperty("email");
    expect(authsignal.questions[1]).not.toHaveProperty("phoneNumber");
  });

  it("uses the same key when Cognito calls again, another in the next round and in another sign-in", async () => {
    const event = createEvent("passwordless", [PREPARED]);
    await made(event);
    await made(event);
    await made(createEvent("passwordless", [PREPARED, step("challenge", 1, false)]));
    const nonce = "00000000-0000-4000-8000-00000000000f";
    await made(createEvent("passwordless", [step("prepare", 0, true, { nonce })]));
    expect(authsignal.questions.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      `${NONCE}-1`,
      `${NONCE}-1`,
      `${NONCE}-2`,
      `${nonce}-1`,
    ]);
  });

  it("gives a token to an own UI and a URL to the pre-built one, and keeps neither", async () => {
    const own = await made(createEvent("passwordless", [PREPARED]));
    expect(Object.keys(own.publicChallengeParameters)).toEqual(["step", "ticket", "token"]);
    const prebuilt = await made(createEvent("prebuilt", [PREPARED]));
    expect(Object.keys(prebuilt.publicChallengeParameters)).toEqual(["step", "ticket", "url"]);
    expect(own.privateChallengeParameters).toEqual({
      kind: "challenge",
      sub: SUB,
      clientId: "passwordless",
      key: KEY,
      starter: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it.each([
    ["mfa", { state: "ALLOW", isEnrolled: true }, "made"],
    ["mfa", { state: "ALLOW", isEnrolled: false }, "enrolment_required"],
    ["allow", { state: "ALLOW", isEnrolled: false }, "made"],
    ["enroll", { state: "ALLOW", isEnrolled: false }, "made"],
    ["mfa", { state: "BLOCK" }, "blocked"],
    ["mfa", { state: "REVIEW_REQUIRED" }, "review_required"],
    ["mfa", { state: "unknown" }, "sign_in_unavailable"],
  ] as const)("after a password, %s with %j is %s", async (clientId, answer, outcome) => {
    authsignal.track = () => answer;
    expect(await codeOf(createEvent(clientId, [...SRP, PREPARED]))).toBe(outcome);
  });

  it("does not hand out an ALLOW without a token to answer with", async () => {
    authsignal.track = () => ({ state: "ALLOW", token: "" });
    expect(await codeOf(createEvent("mfa", [...SRP, PREPARED]))).toBe("sign_in_unavailable");
  });

  it("says that an ALLOW after a password is answered with the token itself", async () => {
    authsignal.track = () => ({ state: "ALLOW" });
    const created = await made(createEvent("mfa", [...SRP, PREPARED]));
    expect(created.publicChallengeParameters).toMatchObject({ step: "allowed", token: expect.any(String) });
    expect(created.privateChallengeParameters).toMatchObject({ kind: "allowed" });
  });

  it("marks an enrolment as one", async () => {
    authsignal.track = () => ({ state: "ALLOW", isEnrolled: false });
    const created = await made(createEvent("enroll", [...SRP, PREPARED]));
    expect(created.publicChallengeParameters).toMatchObject({ step: "enrolment" });
    expect(created.challengeMetadata).toBe(`sallyport:enrolment:${NONCE}:1`);
  });

  describe("before a password, when the client hides who exists", () => {
    it.each(["ALLOW", "BLOCK", "REVIEW_REQUIRED", "unknown"] as const)(
      "%s looks like a challenge and opens nothing",
      async (state) => {
        authsignal.track = () => ({ state });
        const real = jwt({ sub: SUB, idempotencyKey: KEY });
        const { publicChallengeParameters, privateChallengeParameters } = await made(
          createEvent("passwordless", [PREPARED]),
        );
        expect(publicChallengeParameters["step"]).toBe("challenge");
        expect(publicChallengeParameters["token"]).not.toBe(real);
        expect(privateChallengeParameters).toEqual({ kind: "decoy" });
      },
    );

    it("is hidden when Authsignal's answer leads nowhere", async () => {
      authsignal.track = ({ userId }) => (userId === SUB ? { state: "BLOCK", url: "", token: "" } : {});
      const { publicChallengeParameters } = await made(createEvent("prebuilt", [PREPARED]));
      expect(publicChallengeParameters["url"]).toMatch(/^https:\/\/mfa\.authsignal\.com\/\?token=e/);
    });

    it("is said in the open by a client that does not hide it", async () => {
      authsignal.track = () => ({ state: "BLOCK" });
      const event = createEvent("passwordless", [PREPARED]);
      delete event.request.userNotFound;
      expect(await codeOf(event)).toBe("blocked");
    });

    it.each(["passwordless", "prebuilt"])(
      "a user who does not exist gets the same shape at %s",
      async (clientId) => {
        const somebody = await made(createEvent(clientId, [PREPARED]));
        const nobody = await made(createEvent(clientId, [PREPARED], stranger));
        const shape = (parameters: Readonly<Record<string, string>>) =>
          Object.entries(parameters).map(([name, value]) => [
            name,
            value.length,
            value.split(".").map((part) => part.length),
          ]);
        expect(nobody.challengeMetadata).toBe(somebody.challengeMetadata);
        expect(shape(nobody.publicChallengeParameters)).toEqual(shape(somebody.publicChallengeParameters));
      },
    );

    it("a decoy names the user whom nobody is, the same each time, and no decoy", async () => {
      const claims = async (userName: string) => {
        const event = { ...createEvent("passwordless", [PREPARED], stranger), userName };
        const { token = "" } = (await made(event)).publicChallengeParameters;
        return JSON.parse(new TextDecoder().decode(base64url.decode(token.split(".")[1] ?? "")));
      };
      const [first, again, other] = [await claims("eve"), await claims("EVE"), await claims("mallet")];
      expect(first.sub).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(again.sub).toBe(first.sub);
      expect(other.sub).not.toBe(first.sub);
      expect(first.idempotencyKey).toBe(KEY);
    });

    it("asks Authsignal about one and the same nobody", async () => {
      await made(createEvent("passwordless", [PREPARED], stranger));
      await made({ ...createEvent("prebuilt", [PREPARED], stranger), userName: "other" });
      expect(
        new Set(authsignal.questions.map(({ userId, idempotencyKey }) => userId + idempotencyKey)).size,
      ).toBe(1);
    });
  });

  describe("a user without an authenticator whose address is verified", () => {
    it("is enrolled with it and asked again", async () => {
      authsignal.track = ({ idempotencyKey }) =>
        idempotencyKey === afterEnrolment(KEY) ? {} : { state: "ALLOW", isEnrolled: false };
      const created = await made(createEvent("address", [PREPARED]));
      expect(authsignal.enrolled).toEqual(["EMAIL_OTP"]);
      expect(created.privateChallengeParameters).toMatchObject({
        kind: "challenge",
        key: afterEnrolment(KEY),
      });
      expect(afterEnrolment(KEY)).not.toBe(KEY);
      expect(afterEnrolment(KEY)).toHaveLength(KEY.length); // else the token's length would tell
    });

    it("is not let in by the ALLOW of before when Cognito calls again after the enrolment", async () => {
      authsignal.track = ({ idempotencyKey }) =>
        idempotencyKey === afterEnrolment(KEY) ? {} : { state: "ALLOW", isEnrolled: true };
      const created = await made(createEvent("address", [PREPARED]));
      expect(created.privateChallengeParameters).toMatchObject({ key: afterEnrolment(KEY) });
      expect(authsignal.enrolled).toEqual([]);
    });

    it("is asked once when there is a challenge already", async () => {
      await made(createEvent("address", [PREPARED]));
      expect(authsignal.questions).toHaveLength(1);
    });

    it("is not enrolled where the client does not say so", async () => {
      authsignal.track = () => ({ state: "ALLOW", isEnrolled: false });
      await made(createEvent("passwordless", [PREPARED]));
      expect(authsignal.enrolled).toEqual([]);
      expect(authsignal.questions).toHaveLength(1);
    });

    it("is not enrolled with an address that nobody verified", async () => {
      authsignal.track = () => ({ state: "ALLOW", isEnrolled: false });
      const userAttributes = { sub: SUB, email: "eve@example.com", email_verified: "false" };
      const created = await made(createEvent("address", [PREPARED], { userAttributes }));
      expect(authsignal.enrolled).toEqual([]);
      expect(created.privateChallengeParameters).toEqual({ kind: "decoy" });
    });
  });

  describe("where the sign-in comes from", () => {
    const asked = async (clientMetadata: Record<string, string>, now?: number) => {
      await made(createEvent("passwordless", [PREPARED], { clientMetadata }), now);
      const { deviceId, ipAddress, userAgent, locale, custom } = authsignal.questions.at(-1) ?? {};
      return { deviceId, ipAddress, userAgent, locale, source: custom?.["deviceSource"] };
    };
    const signed = async (changes: object = {}) => {
      const { keyring } = await portsOf(authsignal.api);
      const context = {
        clientId: "passwordless",
        userName: "alice",
        deviceId: "device-1",
        ipAddress: "203.0.113.9",
        ...changes,
      };
      return signClientContext(keyring, context, NOW_SECONDS);
    };

    it("takes the gateway's word", async () => {
      expect(await asked({ context: await signed(), deviceId: "client-made" })).toMatchObject({
        source: "gateway",
        deviceId: "device-1",
        ipAddress: "203.0.113.9",
      });
    });

    it("marks the client's own, and does not take its word for its address", async () => {
      const own = { deviceId: "device-2", userAgent: "App/1", ipAddress: "203.0.113.9", locale: "es-MX" };
      expect(await asked(own)).toEqual({
        source: "client",
        deviceId: "device-2",
        userAgent: "App/1",
        ipAddress: undefined,
        locale: "es-MX",
      });
    });

    it("takes nothing from a word that does not hold", async () => {
      const context = await signed();
      const nothing = { source: "none", deviceId: undefined, ipAddress: undefined };
      expect(await asked({ context: `${context}x`, deviceId: "client-made" })).toMatchObject(nothing);
      expect(await asked({ context }, NOW_SECONDS + 121)).toMatchObject(nothing);
      expect(await asked({ context: await signed({ userName: "bob" }) })).toMatchObject(nothing);
      expect(await asked({ context: await signed({ clientId: "mfa" }) })).toMatchObject(nothing);
      expect(await asked({ deviceId: "no spaces\n", userAgent: "é", locale: "../x" })).toEqual({
        ...nothing,
        userAgent: undefined,
        locale: undefined,
      });
    });
  });

  it.each([
    [{ reason: "timeout" }, "sign_in_unavailable"],
    [{ reason: "unreachable" }, "sign_in_unavailable"],
    [{ reason: "bad_answer" }, "sign_in_unavailable"],
    [{ reason: "refused", status: 500 }, "sign_in_unavailable"],
    [{ reason: "refused", status: 429 }, "sign_in_throttled"],
  ] as const)("tells a client that it may try again: %j is %s, for nobody too", async (problem, code) => {
    Object.assign(authsignal.api, { track: () => Promise.resolve(fail(problem)) });
    expect(await codeOf(createEvent("passwordless", [PREPARED]))).toBe(code);
    expect(await codeOf(createEvent("passwordless", [PREPARED], stranger))).toBe(code);
  });

  it.each([
    ["a client that is not configured", createEvent("stranger", [])],
    ["another challenge", createEvent("passwordless", [PREPARED], { challengeName: "SMS_MFA" })],
    ["steps out of order", createEvent("mfa", [PREPARED])],
    ["a sign-in that is over", createEvent("passwordless", [PREPARED, step("challenge", 1, true)])],
    ["a user without a sub", createEvent("passwordless", [PREPARED], { userAttributes: {} })],
    [
      "a sub that is a path",
      createEvent("passwordless", [PREPARED], { userAttributes: { sub: "../users" } }),
    ],
  ])("asks nobody about %s", async (_, event) => {
    expect(await codeOf(event)).toBe("sign_in_failed");
    expect(authsignal.questions).toEqual([]);
  });
});
