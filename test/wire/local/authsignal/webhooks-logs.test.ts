import { VerificationMethod } from "@authsignal/node";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { newestCode, otherCode, seedUser, startWorld, steer, trackTransfer } from "./harness.ts";
import type { World } from "./harness.ts";
import { Receiver } from "./receiver.ts";

const alice = seedUser("alice");
const MANUAL_MS = 3_600_000;

const receiver = new Receiver();
let world: World;
beforeAll(async () => {
  await receiver.start();
  world = await startWorld({
    webhookRetryDelayMs: 20,
    logDelayMs: MANUAL_MS,
    webhooks: { logUrl: receiver.url("/logs"), url: receiver.url("/events") },
  });
});
afterEach(async () => {
  receiver.clear();
  await steer(world, "POST", "reset");
  receiver.clear();
});
afterAll(async () => {
  await world.standIn.close();
  receiver.stop();
});

const flush = () => steer(world, "POST", "webhooks/flush");
const records = () => receiver.received.flatMap(({ event }) => event.records ?? []);

describe("log records", () => {
  test("of an action show how it ended, not how it began", async () => {
    const { idempotencyKey } = await world.sdk.track({
      userId: alice.sub,
      action: "transfer",
      attributes: { custom: { amount: 5000 }, ipAddress: "198.51.100.7", deviceId: "d" },
    });
    await world.sdk.updateAction({
      userId: alice.sub,
      action: "transfer",
      idempotencyKey,
      attributes: { state: "CHALLENGE_FAILED" as never },
    });
    expect(await flush()).toEqual({ accepted: true });
    expect(receiver.received).toHaveLength(1);
    expect(records()).toMatchObject([
      {
        version: 1,
        source: "https://authsignal.com",
        type: "action.log_created",
        record: {
          userId: alice.sub,
          actionCode: "transfer",
          idempotencyKey,
          state: "CHALLENGE_FAILED",
          outcome: "CHALLENGE",
          rules: [{ ruleId: "large-transfer" }],
          priorityRuleId: "large-transfer",
          countryCode: "NZ",
          deviceId: "d",
          email: alice.email,
          custom: { amount: 5000 },
        },
      },
    ]);
  });

  test("have record where other events have data, and a signature over the batch", async () => {
    await trackTransfer(world, "alice", 1);
    await flush();
    const [batch] = receiver.received;
    expect(batch?.event.records?.[0]).not.toHaveProperty("data");
    expect(() =>
      world.sdk.webhook.constructEvent(batch?.body ?? "", String(batch?.headers["x-signature-v2"])),
    ).not.toThrow();
  });

  test("tell what happened to codes", async () => {
    const { challengeId } = await world.sdk.challenge({ userId: alice.sub, action: "wire" });
    const code = await newestCode(world, alice.email);
    await world.sdk.verify({ challengeId, verificationCode: otherCode(code) });
    await world.sdk.verify({ challengeId, verificationCode: code });
    const phone = { verificationMethod: "SMS", phoneNumber: "+6421000000" } as const;
    for (let i = 0; i < 7; i += 1) {
      await world.sdk.challenge(phone).catch(() => undefined);
    }
    await flush();
    expect(records().find(({ type }) => type === "action.log_created")?.record).toMatchObject({
      actionCode: "wire",
      state: "CHALLENGE_SUCCEEDED",
      verificationMethod: "EMAIL_OTP",
    });
    const types = records()
      .filter(({ type }) => type === "challenge.log_created")
      .map(({ record }) => record["type"]);
    expect(types).toEqual([
      "EMAIL_OTP_SENT",
      "EMAIL_OTP_INVALID_OR_EXPIRED",
      "EMAIL_OTP_CODE_VALID",
      ...Array.from({ length: 6 }, () => "SMS_SENT"),
      "SMS_RATE_LIMIT_EXCEEDED",
    ]);
  });

  test("go out in batches of 500", async () => {
    await Promise.all(Array.from({ length: 501 }, () => trackTransfer(world, "alice", 1)));
    await flush();
    expect(receiver.received.map(({ event }) => event.records?.length)).toEqual([500, 1]);
  });

  test("wait for their delay, and a batch is tried until it is accepted", async () => {
    await steer(world, "PATCH", "webhooks", { logDelayMs: 30 });
    receiver.answers = [500, 500, 500, 500, 500, 200];
    await trackTransfer(world, "alice", 1);
    expect(receiver.received).toEqual([]);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(6));
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    await vi.waitFor(async () =>
      expect(await steer(world, "GET", "webhooks")).toMatchObject({ waitingRecords: 0 }),
    );
  });
});

describe("asynchronous events", () => {
  const enrol = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      await world.sdk.enrollVerifiedAuthenticator({
        userId: "someone",
        attributes: { verificationMethod: VerificationMethod.EMAIL_OTP, email: `n${i}@example.com` },
      });
    }
  };
  const addresses = () => receiver.received.map(({ event }) => event.data?.["email"]);

  test("come more than once when duplicates are asked for, with one id", async () => {
    await steer(world, "PATCH", "webhooks", { duplicates: 2 });
    await enrol(1);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(3));
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(1);
  });

  test("come in another order when disorder is asked for, and none is lost", async () => {
    await steer(world, "PATCH", "webhooks", { disorder: 3 });
    await enrol(3);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(3));
    expect(addresses()).toEqual(["n2@example.com", "n1@example.com", "n0@example.com"]);
    await enrol(1);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(4));
  });

  test("a retry is signed anew, or carries the first signature when that is switched on", async () => {
    await steer(world, "PATCH", "switches", { webhookRetrySignature: "first" });
    receiver.answers = [500, 200];
    await enrol(1);
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2));
    const [first, second] = receiver.received.map(({ headers }) => headers["x-signature-v2"]);
    expect(second).toBe(first);
  });

  test("passkeys show their public key only when that is asked for", async () => {
    const passkey = {
      userId: "someone",
      verificationMethod: "PASSKEY",
      credentialId: "aWQ",
      credentialPublicKey: "cHVibGlj",
    };
    const take = (credentialId: string) =>
      fetch(`${world.standIn.url}/v1/users/authenticators`, {
        method: "POST",
        headers: { authorization: `Basic ${btoa("wire-test-secret-key:")}` },
        body: JSON.stringify({ authenticators: [{ ...passkey, credentialId }] }),
      });
    expect(await (await take("aWQ")).json()).toEqual({ total: 1, succeeded: 1, failed: 0, failures: [] });
    expect(await (await take("aWQ")).json()).toMatchObject({
      succeeded: 0,
      failures: [{ userId: "someone" }],
    });
    await steer(world, "PATCH", "webhooks", { includeCredentialPublicKey: true });
    await take("b3RoZXI");
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2));
    expect(receiver.received[0]?.event.data).not.toHaveProperty("credentialPublicKey");
    expect(receiver.received[1]?.event.data).toMatchObject({ credentialPublicKey: "cHVibGlj" });
  });
});
