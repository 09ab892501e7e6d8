import { beforeEach, describe, expect, it } from "vitest";
import { fail } from "../../../src/http/result.ts";
import { tokenDigest } from "../../../src/triggers/digest.ts";
import { verifyAuthChallengeResponse } from "../../../src/triggers/verify.ts";
import {
  CLIENTS,
  KEY,
  OTHER_SUB,
  portsOf,
  RESULT_TOKEN,
  scripted,
  START_TOKEN,
  SUB,
  verifyEvent,
} from "./fixtures.ts";

describe("VerifyAuthChallengeResponse", () => {
  let authsignal: ReturnType<typeof scripted>;
  let kept: Record<string, string>;
  beforeEach(async () => {
    authsignal = scripted();
    const starter = (await tokenDigest(START_TOKEN)) ?? "";
    kept = { kind: "challenge", sub: SUB, clientId: "mfa", key: KEY, starter };
  });

  const verify = async (answer: string, { client = "mfa", parameters = kept, request = {} } = {}) => {
    const verified = await verifyAuthChallengeResponse(
      verifyEvent(client, parameters, answer, request),
      CLIENTS,
      await portsOf(authsignal.api),
    );
    return verified.ok ? verified.value.answerCorrect : verified.error.code;
  };

  it("takes the token that came of the round's own challenge", async () => {
    expect(await verify(RESULT_TOKEN)).toBe(true);
    expect(authsignal.validations).toEqual([RESULT_TOKEN]);
  });

  it.each([
    ["another user", { userId: OTHER_SUB }],
    ["no user", { userId: undefined }],
    ["another action", { action: "transfer" }],
    ["no action", { action: undefined }],
    ["another round or sign-in", { idempotencyKey: `${KEY}0` }],
    ["no key", { idempotencyKey: undefined }],
    ["an unfinished challenge", { state: "CHALLENGE_REQUIRED" }],
    ["a failed one", { state: "CHALLENGE_FAILED" }],
    ["an ALLOW", { state: "ALLOW" }],
    ["no state", { state: undefined }],
    ["a method that does not count", { verificationMethod: "SMS" }],
    ["no method where methods count", { verificationMethod: undefined }],
  ])("refuses the token of %s", async (_, answer) => {
    authsignal.validate = () => answer;
    expect(await verify(RESULT_TOKEN)).toBe(false);
  });

  it.each(["PUSH", "QR_CODE", "EMAIL_MAGIC_LINK"])(
    "refuses what was approved by %s on another device, where no method is listed",
    async (verificationMethod) => {
      authsignal.validate = () => ({ verificationMethod });
      const parameters = { ...kept, clientId: "passwordless" };
      expect(await verify(RESULT_TOKEN, { client: "passwordless", parameters })).toBe(false);
      authsignal.validate = () => ({ verificationMethod: "PASSKEY" });
      expect(await verify(RESULT_TOKEN, { client: "passwordless", parameters })).toBe(true);
    },
  );

  it("refuses the token that the round began with, though somebody approved, in every spelling", async () => {
    const [header, payload, signature = ""] = START_TOKEN.split(".");
    expect(await verify(START_TOKEN)).toBe(false);
    // The last of 43 characters carries two bits that a decoder ignores.
    const respelled = signature.slice(0, -1) + String.fromCodePoint(signature.charCodeAt(42) + 1);
    expect(await verify([header, payload, respelled].join("."))).toBe(false);
    expect(await verify([header, payload, `${signature}=`].join("."))).toBe(false);
    expect(await verify([header, payload, "c2lnbmVkIGFuZXc"].join("."))).toBe(false);
  });

  describe("a round that the rules allowed", () => {
    beforeEach(() => {
      kept = { ...kept, kind: "allowed" };
      authsignal.validate = () => ({ state: "ALLOW" });
    });

    it("is completed by the token that said so, and by no other", async () => {
      expect(await verify(START_TOKEN)).toBe(true);
      expect(await verify(RESULT_TOKEN)).toBe(false);
    });

    it("is not completed once the state is another", async () => {
      authsignal.validate = () => ({ state: "BLOCK" });
      expect(await verify(START_TOKEN)).toBe(false);
    });
  });

  it.each(["prepare", "enrolment"])("takes any answer to %s, and asks nobody", async (kind) => {
    expect(await verify("", { parameters: { kind } })).toBe(true);
    expect(authsignal.validations).toEqual([]);
  });

  it("never takes an answer to a decoy, and asks as for any other", async () => {
    expect(await verify(RESULT_TOKEN, { parameters: { kind: "decoy" } })).toBe(false);
    expect(authsignal.validations).toEqual([RESULT_TOKEN]);
  });

  it.each(["", " ", "two words", "a\nb", "é", "x".repeat(8_193)])("asks nobody about %j", async (answer) => {
    expect(await verify(answer)).toBe(false);
    expect(authsignal.validations).toEqual([]);
  });

  it.each([
    ["of another user", { request: { userAttributes: { sub: OTHER_SUB } } }],
    ["of nobody", { request: { userAttributes: {} } }],
    ["of another client", { client: "enroll" }],
    ["of a client that is not configured", { client: "stranger" }],
    ["that is not ours", { parameters: { answer: "5" } }],
    ["without its key", { parameters: { kind: "challenge", sub: SUB, clientId: "mfa" } }],
  ])("refuses a challenge %s and asks nobody", async (_, about) => {
    expect(await verify(RESULT_TOKEN, about)).toBe("sign_in_failed");
    expect(authsignal.validations).toEqual([]);
  });

  it("says that Authsignal does not answer, for a decoy too", async () => {
    Object.assign(authsignal.api, { validate: () => Promise.resolve(fail({ reason: "timeout" })) });
    expect(await verify(RESULT_TOKEN)).toBe("sign_in_unavailable");
    expect(await verify(RESULT_TOKEN, { parameters: { kind: "decoy" } })).toBe("sign_in_unavailable");
  });
});
