import { UserActionState, VerificationFailureReason, VerificationMethod } from "@authsignal/node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { callApi, newestCode, otherCode, seedUser, startWorld, steer } from "./harness.ts";
import type { World } from "./harness.ts";

const EMAIL = "anyone@example.com";
const PHONE = "+6421000000";
const alice = seedUser("alice");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => steer(world, "POST", "reset"));

const start = (more: object = {}) =>
  world.sdk.challenge({ verificationMethod: "EMAIL_OTP", action: "signIn", email: EMAIL, ...more });

describe("a challenge without a user", () => {
  test("is sent, verified, claimed, and validates", async () => {
    const { challengeId, expiresAt, idempotencyKey } = await start();
    expect(expiresAt).toBeGreaterThan(Date.now() / 1000);
    const verificationCode = await newestCode(world, EMAIL);
    expect(await world.sdk.verify({ challengeId, verificationCode })).toEqual({
      isVerified: true,
      email: EMAIL,
      verificationMethod: "EMAIL_OTP",
    });
    const { token, verificationMethod } = await world.sdk.claimChallenge({ challengeId, userId: alice.sub });
    expect(verificationMethod).toBe(VerificationMethod.EMAIL_OTP);
    expect(await world.sdk.validateChallenge({ token, userId: alice.sub, action: "signIn" })).toMatchObject({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      idempotencyKey,
      verificationMethod: "EMAIL_OTP",
    });
  });

  test.each([
    ["SMS", { verificationMethod: "SMS" as const }],
    ["WHATSAPP", { verificationMethod: "WHATSAPP" as const }],
    ["WHATSAPP", { verificationMethod: "SMS" as const, smsChannel: "WHATSAPP" as never }],
    ["SMS", {}],
  ])("goes by phone as %s", async (channel, request) => {
    const { challengeId } = await world.sdk.challenge({ phoneNumber: PHONE, ...request });
    expect(await steer(world, "GET", `inbox?to=${encodeURIComponent(PHONE)}`)).toMatchObject([{ channel }]);
    const verificationCode = await newestCode(world, PHONE);
    expect(await world.sdk.verify({ challengeId, verificationCode })).toMatchObject({
      isVerified: true,
      phoneNumber: PHONE,
    });
  });

  test("is not claimed unverified, unless the check is skipped, and then proves nothing", async () => {
    const { challengeId } = await start();
    const claim = { challengeId, userId: alice.sub };
    await expect(world.sdk.claimChallenge(claim)).rejects.toMatchObject({ statusCode: 400 });
    const { token } = await world.sdk.claimChallenge({ ...claim, skipVerificationCheck: true });
    expect(await world.sdk.validateChallenge({ token })).toMatchObject({
      isValid: false,
      state: "CHALLENGE_REQUIRED",
    });
  });

  test("is claimed once, and not when it has expired", async () => {
    const first = await start();
    await world.sdk.verify({
      challengeId: first.challengeId,
      verificationCode: await newestCode(world, EMAIL),
    });
    const claim = { challengeId: first.challengeId, userId: "somebody" };
    await world.sdk.claimChallenge(claim);
    await expect(world.sdk.claimChallenge(claim)).rejects.toMatchObject({ errorCode: "invalid_request" });
    await expect(world.sdk.claimChallenge({ ...claim, userId: "thief" })).rejects.toMatchObject({
      statusCode: 400,
    });
    const second = await start();
    await world.sdk.verify({
      challengeId: second.challengeId,
      verificationCode: await newestCode(world, EMAIL),
    });
    world.passTime(11);
    await expect(
      world.sdk.claimChallenge({ challengeId: second.challengeId, userId: alice.sub }),
    ).rejects.toMatchObject({ statusCode: 400 });
  });
});

describe("a challenge of a user", () => {
  test("goes to the known address and settles the action", async () => {
    const challenge = await world.sdk.challenge({ userId: alice.sub, action: "wire" });
    const key = { userId: alice.sub, action: "wire", idempotencyKey: challenge.idempotencyKey };
    expect(await world.sdk.getAction(key)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
    await world.sdk.verify({
      challengeId: challenge.challengeId,
      verificationCode: await newestCode(world, alice.email),
    });
    expect(await world.sdk.getAction(key)).toMatchObject({
      state: "CHALLENGE_SUCCEEDED",
      verificationMethod: "EMAIL_OTP",
    });
  });

  test("never undoes what was decided about the action", async () => {
    const challenge = await world.sdk.challenge({ userId: alice.sub, action: "wire" });
    const key = { userId: alice.sub, action: "wire", idempotencyKey: challenge.idempotencyKey };
    await world.sdk.updateAction({ ...key, attributes: { state: UserActionState.BLOCK } });
    await world.sdk.verify({
      challengeId: challenge.challengeId,
      verificationCode: await newestCode(world, alice.email),
    });
    expect(await world.sdk.getAction(key)).toMatchObject({ state: "BLOCK" });
  });
});

describe("codes", () => {
  test("a wrong one is an answer with a reason; the right one works once", async () => {
    const { challengeId } = await start();
    const code = await newestCode(world, EMAIL);
    const wrong = await world.sdk.verify({ challengeId, verificationCode: otherCode(code) });
    expect(wrong).toMatchObject({
      isVerified: false,
      failureReason: VerificationFailureReason.CODE_INVALID_OR_EXPIRED,
    });
    expect(await world.sdk.verify({ challengeId, verificationCode: code })).toMatchObject({
      isVerified: true,
    });
    expect(await world.sdk.verify({ challengeId, verificationCode: code })).toMatchObject({
      isVerified: false,
    });
  });

  test("expire after ten minutes", async () => {
    const { challengeId } = await start();
    const verificationCode = await newestCode(world, EMAIL);
    world.passTime(10);
    expect(await world.sdk.verify({ challengeId, verificationCode })).toMatchObject({
      failureReason: "CODE_INVALID_OR_EXPIRED",
    });
  });

  test("are checked ten times per five minutes", async () => {
    const { challengeId } = await start();
    const code = await newestCode(world, EMAIL);
    const verify = (verificationCode: string) => world.sdk.verify({ challengeId, verificationCode });
    for (let i = 0; i < 10; i += 1) {
      expect(await verify(otherCode(code))).toMatchObject({ failureReason: "CODE_INVALID_OR_EXPIRED" });
    }
    expect(await verify(code)).toMatchObject({ failureReason: "MAX_ATTEMPTS_EXCEEDED" });
    world.passTime(5);
    expect(await verify(code)).toMatchObject({ isVerified: true });
  });

  test.each([
    ["EMAIL_OTP", 12, { email: EMAIL }],
    ["SMS", 6, { phoneNumber: PHONE }],
  ] as const)(
    "%s: %d are sent per ten minutes, by resend too; then 429",
    async (verificationMethod, limit, to) => {
      const { challengeId } = await world.sdk.challenge({ verificationMethod, ...to });
      for (let i = 1; i < limit; i += 1) {
        expect((await world.sdk.challenge({ challengeId })).challengeId).toBe(challengeId);
      }
      await expect(world.sdk.challenge({ verificationMethod, ...to })).rejects.toMatchObject({
        statusCode: 429,
        errorCode: "too_many_requests",
      });
      world.passTime(10);
      await world.sdk.challenge({ challengeId });
    },
  );

  test("are not sent again once the challenge is over", async () => {
    const { challengeId } = await start();
    await world.sdk.verify({ challengeId, verificationCode: await newestCode(world, EMAIL) });
    await expect(world.sdk.challenge({ challengeId })).rejects.toMatchObject({ statusCode: 400 });
  });

  test("a resent one replaces the one before", async () => {
    const { challengeId } = await start();
    const before = await newestCode(world, EMAIL);
    await world.sdk.challenge({ challengeId });
    const code = await newestCode(world, EMAIL);
    if (before !== code) {
      expect(await world.sdk.verify({ challengeId, verificationCode: before })).toMatchObject({
        isVerified: false,
      });
    }
    expect(await world.sdk.verify({ challengeId, verificationCode: code })).toMatchObject({
      isVerified: true,
    });
  });
});

describe("looking a challenge up", () => {
  test("shows the method only once it is completed; nothing fits: an empty answer", async () => {
    const { challengeId } = await start();
    const open = await world.sdk.getChallenge({ challengeId });
    expect(open).toMatchObject({ challengeId, email: EMAIL, action: "signIn" });
    expect(open).not.toHaveProperty("verificationMethod");
    await world.sdk.verify({ challengeId, verificationCode: await newestCode(world, EMAIL) });
    expect(await world.sdk.getChallenge({ action: "signIn" })).toMatchObject({
      verificationMethod: "EMAIL_OTP",
    });
    expect(await world.sdk.getChallenge({ userId: "nobody" })).toEqual({});
  });
});

describe("a challenge that is bound to an action by track", () => {
  test("settles it when it is verified and its method counts", async () => {
    const { challengeId } = await start({ action: "add-payee" });
    await world.sdk.verify({ challengeId, verificationCode: await newestCode(world, EMAIL) });
    const tracked = await world.sdk.track({
      userId: alice.sub,
      action: "add-payee",
      attributes: { challengeId },
    });
    expect(tracked.state).toBe("CHALLENGE_SUCCEEDED");
    expect(await world.sdk.validateChallenge({ token: tracked.token })).toMatchObject({ isValid: true });
  });

  test("is not taken from another user or for another action, nor twice", async () => {
    const { challengeId } = await start({ action: "add-payee", userId: alice.sub });
    const track = (userId: string, action: string) =>
      world.sdk.track({ userId, action, attributes: { challengeId } });
    await expect(track("thief", "add-payee")).rejects.toMatchObject({ statusCode: 400 });
    await expect(track(alice.sub, "transfer")).rejects.toMatchObject({ statusCode: 400 });
    await world.sdk.verify({ challengeId, verificationCode: await newestCode(world, EMAIL) });
    expect(await track(alice.sub, "add-payee")).toMatchObject({ state: "CHALLENGE_SUCCEEDED" });
    await expect(track(alice.sub, "add-payee")).rejects.toMatchObject({ statusCode: 400 });
  });
});

test.each([
  ["POST", "/challenge", {}],
  ["POST", "/challenge", { verificationMethod: "PUSH" }],
  ["POST", "/challenge", { challengeId: "none" }],
  ["POST", "/challenge", { verificationMethod: "SMS", email: EMAIL }],
  ["POST", "/verify", { challengeId: "x" }],
  ["POST", "/claim", { challengeId: "x" }],
  ["GET", "/challenges", undefined],
])("%s %s with %j is an invalid request", async (method, path, body) => {
  const response = await callApi(world, method, path, body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: "invalid_request", errorCode: "invalid_request" });
});

test("what does not exist is not found", async () => {
  await expect(world.sdk.verify({ challengeId: "x", verificationCode: "1" })).rejects.toMatchObject({
    statusCode: 404,
  });
  await expect(world.sdk.claimChallenge({ challengeId: "x", userId: "u" })).rejects.toMatchObject({
    statusCode: 404,
  });
});
