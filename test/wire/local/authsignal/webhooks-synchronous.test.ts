import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { open, submit } from "./browser.ts";
import { codesFor, newestCode, seedUser, startWorld, steer, trackTransfer } from "./harness.ts";
import type { World } from "./harness.ts";
import { Receiver } from "./receiver.ts";

const alice = seedUser("alice");
const PHONE = "+6421000000";

const receiver = new Receiver();
let world: World;
beforeAll(async () => {
  await receiver.start();
  world = await startWorld({ switches: { webhookTimeoutMs: 200 } });
});
afterEach(async () => {
  await steer(world, "POST", "reset");
  receiver.clear();
});
afterAll(async () => {
  await world.standIn.close();
  receiver.stop();
});

const sendTo = (field: string) => steer(world, "PATCH", "webhooks", { [field]: receiver.url(`/${field}`) });
const only = () => receiver.received[0];

describe("email.created", () => {
  test("carries the code to its address, with the documented envelope", async () => {
    await sendTo("emailUrl");
    const { idempotencyKey } = await world.sdk.challenge({ userId: alice.sub, action: "wire" });
    const signature = String(only()?.headers["x-signature-v2"]);
    expect(world.sdk.webhook.constructEvent(only()?.body ?? "", signature)).toMatchObject({
      version: 1,
      type: "email.created",
      source: "https://authsignal.com",
      data: {
        to: alice.email,
        code: await newestCode(world, alice.email),
        userId: alice.sub,
        actionCode: "wire",
        idempotencyKey,
        verificationMethod: "EMAIL_OTP",
      },
    });
  });

  test.each([500, 302, "hang"] as const)(
    "when it answers %s, nothing is sent and the caller is told",
    async (answer) => {
      await sendTo("emailUrl");
      receiver.answers = [answer];
      await expect(world.sdk.challenge({ userId: alice.sub })).rejects.toMatchObject({
        statusCode: 400,
        errorCode: "delivery_failed",
      });
      expect(receiver.received).toHaveLength(1);
      expect(await codesFor(world, alice.email)).toEqual([]);
    },
  );

  test("in the pre-built UI a failure can be tried again", async () => {
    await sendTo("emailUrl");
    receiver.answers = [500, 200];
    const page = await open(world, (await trackTransfer(world, "alice", 1500)).url);
    const failed = await submit(world, page, "/challenge/send");
    expect(failed.text).toContain("Error");
    await submit(world, failed, "/challenge/send");
    expect(await codesFor(world, alice.email)).toHaveLength(1);
  });
});

describe("sms.created", () => {
  test("carries the code to its number; a refusal fails the challenge", async () => {
    await sendTo("smsUrl");
    const request = { verificationMethod: "SMS", phoneNumber: PHONE } as const;
    await world.sdk.challenge(request);
    expect(only()?.event).toMatchObject({
      type: "sms.created",
      data: { to: PHONE, code: await newestCode(world, PHONE) },
    });
    receiver.answers = [503];
    await expect(world.sdk.challenge(request)).rejects.toMatchObject({ errorCode: "delivery_failed" });
  });
});

describe("push.created", () => {
  test("tells of the challenge; a refusal fails it", async () => {
    await steer(world, "POST", `phone/${alice.sub}/set-up`, { verificationMethod: "PUSH" });
    await steer(world, "PUT", "actions/wire", { defaultOutcome: "CHALLENGE", verificationMethods: ["PUSH"] });
    await sendTo("pushUrl");
    const { token, idempotencyKey } = await world.sdk.track({
      userId: alice.sub,
      action: "wire",
      attributes: { ipAddress: "198.51.100.7" },
    });
    const push = () =>
      fetch(`${world.standIn.url}/v1/client/challenge/push`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ action: "wire" }),
      });
    const response = await push();
    expect(response.status).toBe(200);
    const { challengeId } = (await response.json()) as { challengeId: string }; // the documented shape
    expect(only()?.event).toMatchObject({
      type: "push.created",
      data: { challengeId, userId: alice.sub, actionCode: "wire", idempotencyKey, ipAddress: "198.51.100.7" },
    });
    receiver.answers = [500];
    expect((await push()).ok).toBe(false);
  });
});

describe("action.verify", () => {
  const approve = (actionCode: string) =>
    steer(world, "PUT", `actions/${actionCode}`, { verificationWebhookUrl: receiver.url("/verify") });

  async function answerChallenge(): Promise<{
    verify: () => Promise<unknown>;
    state: () => Promise<string>;
  }> {
    const challenge = await world.sdk.challenge({ userId: alice.sub, action: "wire" });
    const { challengeId, idempotencyKey } = challenge;
    const verificationCode = await newestCode(world, alice.email);
    return {
      verify: () => world.sdk.verify({ challengeId, verificationCode }),
      state: async () =>
        (await world.sdk.getAction({ userId: alice.sub, action: "wire", idempotencyKey })).state,
    };
  }

  test("is asked before a challenge succeeds", async () => {
    await approve("wire");
    const { verify, state } = await answerChallenge();
    expect(await verify()).toMatchObject({ isVerified: true });
    expect(await state()).toBe("CHALLENGE_SUCCEEDED");
    expect(only()?.event).toMatchObject({
      type: "action.verify",
      data: {
        userId: alice.sub,
        action: "wire",
        state: "CHALLENGE_SUCCEEDED",
        verificationMethod: "EMAIL_OTP",
        verifiedAt: expect.any(String),
        idempotencyKey: expect.any(String),
      },
    });
  });

  test.each([403, "hang"] as const)(
    "%s stops the challenge, once, and the user can verify again",
    async (answer) => {
      await approve("wire");
      receiver.answers = [answer, 200];
      const { verify, state } = await answerChallenge();
      await expect(verify()).rejects.toMatchObject({ statusCode: 400 });
      expect(await state()).toBe("CHALLENGE_REQUIRED");
      expect(receiver.received).toHaveLength(1);
      expect(await verify()).toMatchObject({ isVerified: true });
      expect(await state()).toBe("CHALLENGE_SUCCEEDED");
    },
  );

  test("holds for the pre-built UI, and names the authenticator", async () => {
    await approve("transfer");
    receiver.answers = [403, 200];
    const tracked = await trackTransfer(world, "alice", 1500);
    const key = { userId: alice.sub, action: "transfer", idempotencyKey: tracked.idempotencyKey };
    const answer = async (): Promise<void> => {
      const page = await submit(world, await open(world, tracked.url), "/challenge/send");
      await submit(world, page, "/challenge/verify", { code: await newestCode(world, alice.email) });
    };
    await answer();
    expect(await world.sdk.getAction(key)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
    await answer();
    expect(await world.sdk.getAction(key)).toMatchObject({ state: "CHALLENGE_SUCCEEDED" });
    const [authenticator] = await world.sdk.getAuthenticators({ userId: alice.sub });
    expect(only()?.event.data).toMatchObject({ userAuthenticatorId: authenticator?.userAuthenticatorId });
  });
});
