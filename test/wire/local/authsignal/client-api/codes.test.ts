import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newestCode, otherCode, seedUser, startWorld } from "../harness.ts";
import type { World } from "../harness.ts";
import { call, trackFree, validate } from "./client.ts";

const alice = seedUser("alice");
const newt = seedUser("newt");
const PHONE = "+6421555123";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => fetch(`${world.standIn.url}/control/reset`, { method: "POST" }));

describe("a code for an authenticator", () => {
  test("challenge sends it, verify answers with the token that validates", async () => {
    const { token, idempotencyKey } = await trackFree(world, "alice");
    const challenge = await call(world, "challenge/email-otp", token);
    expect(challenge).toEqual({ status: 200, body: { challengeId: expect.any(String) } });

    const verificationCode = await newestCode(world, alice.email);
    const { body } = await call(world, "verify/email-otp", token, { verificationCode });
    expect(body).toEqual({ isVerified: true, accessToken: expect.any(String) });
    expect(body["accessToken"]).not.toBe(token);
    expect(await validate(world, body["accessToken"])).toMatchObject({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      verificationMethod: "EMAIL_OTP",
      idempotencyKey,
    });
    expect(await validate(world, token)).toMatchObject({ state: "CHALLENGE_SUCCEEDED" });
  });

  test("a wrong code is 200 with a reason and no key error", async () => {
    const { token } = await trackFree(world, "alice");
    await call(world, "challenge/email-otp", token);
    const verificationCode = otherCode(await newestCode(world, alice.email));
    expect(await call(world, "verify/email-otp", token, { verificationCode })).toEqual({
      status: 200,
      body: { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" },
    });
  });

  test("the tenth wrong code and all after it exceed the attempts, the right one too", async () => {
    const { token } = await trackFree(world, "alice");
    await call(world, "challenge/email-otp", token);
    const verificationCode = await newestCode(world, alice.email);
    for (let i = 0; i < 10; i += 1) {
      await call(world, "verify/email-otp", token, { verificationCode: otherCode(verificationCode) });
    }
    const late = await call(world, "verify/email-otp", token, { verificationCode });
    expect(late.body).toEqual({ isVerified: false, failureReason: "MAX_ATTEMPTS_EXCEEDED" });
  });

  test.each([
    ["email-otp", 12, {}],
    ["sms", 6, { phoneNumber: PHONE }],
  ])("%s is sent %i times in ten minutes, then 429", async (path, times, attributes) => {
    const { token } = await trackFree(world, path === "sms" ? "newt" : "alice", attributes);
    for (let i = 0; i < times; i += 1) {
      expect((await call(world, `challenge/${path}`, token)).status).toBe(200);
    }
    const refused = await call(world, `challenge/${path}`, token);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ error: "too_many_requests", errorCode: "too_many_requests" });
  });
});

describe("what is switched otherwise", () => {
  async function switchOver(switches: Record<string, unknown>): Promise<void> {
    const answer = await fetch(`${world.standIn.url}/control/switches`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(switches),
    });
    expect(answer.status).toBeLessThan(300);
  }

  test("enrolmentSends: false leaves the first code to challenge", async () => {
    await switchOver({ enrolmentSends: false });
    const { token } = await trackFree(world, "newt");
    await call(world, "user-authenticators/sms", token, { phoneNumber: PHONE });
    await expect(newestCode(world, PHONE)).rejects.toThrow("nothing was sent");
    await call(world, "challenge/sms", token);
    const verificationCode = await newestCode(world, PHONE);
    const { body } = await call(world, "verify/sms", token, { verificationCode });
    expect(body).toMatchObject({ isVerified: true });
  });

  test("tooManyChecks: 429 refuses the check", async () => {
    await switchOver({ tooManyChecks: "429" });
    const { token } = await trackFree(world, "alice");
    await call(world, "challenge/email-otp", token);
    const verificationCode = otherCode(await newestCode(world, alice.email));
    for (let i = 0; i < 9; i += 1) {
      await call(world, "verify/email-otp", token, { verificationCode });
    }
    const tenth = await call(world, "verify/email-otp", token, { verificationCode });
    expect(tenth).toMatchObject({ status: 429, body: { error: "too_many_requests" } });
  });
});

describe("enrolment", () => {
  test.each([
    { path: "email-otp", method: "EMAIL_OTP", address: { email: "newt@work.example" } },
    { path: "sms", method: "SMS", address: { phoneNumber: PHONE } },
  ])("by $path: the first right code makes the authenticator", async ({ path, method, address }) => {
    const { token } = await trackFree(world, "newt");
    const begun = await call(world, `user-authenticators/${path}`, token, address);
    expect(begun.body).toEqual({ userAuthenticatorId: expect.any(String), userId: newt.sub });
    expect(await world.sdk.getAuthenticators({ userId: newt.sub })).toEqual([]);

    const verificationCode = await newestCode(world, Object.values(address).join());
    const { body } = await call(world, `verify/${path}`, token, { verificationCode });
    expect(body).toMatchObject({
      isVerified: true,
      userAuthenticator: {
        ...address,
        verificationMethod: method,
        userAuthenticatorId: begun.body["userAuthenticatorId"],
      },
    });
    expect(await validate(world, body["accessToken"])).toMatchObject({
      isValid: true,
      verificationMethod: method,
    });
    expect(await world.sdk.getAuthenticators({ userId: newt.sub })).toMatchObject([address]);
  });

  test("an address given to track needs no enrolment first", async () => {
    const { token } = await trackFree(world, "newt", { email: "late@example.com" });
    await world.sdk.updateUser({ userId: newt.sub, attributes: { email: "late@example.com" } });
    await call(world, "challenge/email-otp", token);
    const verificationCode = await newestCode(world, "late@example.com");
    const { body } = await call(world, "verify/email-otp", token, { verificationCode });
    expect(body).toMatchObject({ isVerified: true, userAuthenticator: { email: "late@example.com" } });
  });

  test("another one needs the scope, or a completed challenge", async () => {
    const plain = await trackFree(world, "alice");
    const email = "second@example.com";
    const refused = await call(world, "user-authenticators/email-otp", plain.token, { email });
    expect(refused).toMatchObject({ status: 403, body: { error: "forbidden" } });

    const scoped = await trackFree(world, "alice", { scope: "add:authenticators" });
    expect((await call(world, "user-authenticators/email-otp", scoped.token, { email })).status).toBe(200);

    await call(world, "challenge/email-otp", plain.token);
    const verificationCode = await newestCode(world, alice.email);
    const { body } = await call(world, "verify/email-otp", plain.token, { verificationCode });
    const after = await call(world, "user-authenticators/email-otp", String(body["accessToken"]), { email });
    expect(after.status).toBe(200);
  });

  test("one that was begun does not answer a challenge that came in between", async () => {
    const { token, idempotencyKey } = await trackFree(world, "alice", { scope: "add:authenticators" });
    await call(world, "user-authenticators/sms", token, { phoneNumber: PHONE });
    await world.sdk.updateAction({
      userId: alice.sub,
      action: "free",
      idempotencyKey,
      // The SDK's enum has the same text.
      attributes: { state: "CHALLENGE_REQUIRED" as never },
    });
    const verificationCode = await newestCode(world, PHONE);
    expect((await call(world, "verify/sms", token, { verificationCode })).status).toBe(400);
    expect(await validate(world, token)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
  });

  test("the scope does not help while a challenge is owed", async () => {
    const { token } = await world.sdk.track({
      userId: alice.sub,
      action: "add-payee",
      attributes: { scope: "add:authenticators" },
    });
    const refused = await call(world, "user-authenticators/email-otp", token, { email: "thief@example.com" });
    expect(refused.status).toBe(403);
  });
});

test("whatsapp goes to a proven phone number and becomes a method of its own", async () => {
  await world.sdk.enrollVerifiedAuthenticator({
    userId: newt.sub,
    // The SDK's enum has the same text.
    attributes: { verificationMethod: "SMS" as never, phoneNumber: PHONE },
  });
  const { token } = await trackFree(world, "newt");
  await call(world, "challenge/whatsapp", token);
  const { body } = await call(world, "verify/whatsapp", token, {
    verificationCode: await newestCode(world, PHONE),
  });
  expect(await validate(world, body["accessToken"])).toMatchObject({ verificationMethod: "WHATSAPP" });
});

describe("what is refused", () => {
  test("a method that the action does not allow", async () => {
    const { token } = await world.sdk.track({ userId: alice.sub, action: "add-payee" });
    expect(await call(world, "challenge/sms", token)).toMatchObject({
      status: 400,
      body: { error: "invalid_request" },
    });
  });

  test("a blocked action", async () => {
    const { token } = await world.sdk.track({ userId: seedUser("mallory").sub, action: "transfer" });
    expect((await call(world, "challenge/email-otp", token)).status).toBe(400);
  });

  test("a user who has nothing of the method", async () => {
    const { token } = await trackFree(world, "alice");
    expect((await call(world, "challenge/sms", token)).body["errorDescription"]).toContain(
      "no authenticator",
    );
  });

  test("an expired token, so that the SDK can tell", async () => {
    const { token } = await trackFree(world, "alice");
    world.passTime(11);
    expect(await call(world, "challenge/email-otp", token)).toEqual({
      status: 401,
      body: {
        error: "expired_token",
        errorCode: "expired_token",
        errorDescription: "The token has expired.",
      },
    });
    world.passTime(-11);
  });

  test("a token that is none, and the tenant alone", async () => {
    expect(await call(world, "challenge/email-otp", "x.y.z")).toMatchObject({
      status: 401,
      body: { error: "unauthorized" },
    });
    expect((await call(world, "challenge/email-otp")).status).toBe(401);
  });
});
