import { UserActionState } from "@authsignal/node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { callApi, newestCode, seedUser, startWorld, steer } from "./harness.ts";
import type { World } from "./harness.ts";

const alice = seedUser("alice");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => steer(world, "POST", "reset"));

async function succeedFrom(deviceId: string): Promise<void> {
  const { challengeId } = await world.sdk.challenge({ userId: alice.sub, action: "wire", deviceId });
  await world.sdk.verify({ challengeId, verificationCode: await newestCode(world, alice.email) });
}

const devices = async (): Promise<unknown> =>
  (await callApi(world, "GET", `/users/${alice.sub}/devices`)).json();
const isNew = async (deviceId: string): Promise<boolean> => {
  const tracked = await world.sdk.track({ userId: alice.sub, action: "probe", attributes: { deviceId } });
  return tracked.state === UserActionState.REVIEW_REQUIRED;
};

describe("devices", () => {
  beforeEach(() =>
    steer(world, "PUT", "rules/probe/new", {
      type: "REVIEW",
      conditions: { "==": [{ var: "device.isNew" }, true] },
    }),
  );

  test("are those from which a challenge has succeeded", async () => {
    expect(await devices()).toEqual([]);
    await succeedFrom("phone");
    expect(await devices()).toMatchObject([
      { userId: alice.sub, deviceId: "phone", lastVerificationMethod: "EMAIL_OTP" },
    ]);
    expect(await isNew("phone")).toBe(false);
    expect(await isNew("tablet")).toBe(true);
  });

  test("that are invalidated are new again, until they are proven again", async () => {
    await succeedFrom("phone");
    const answer = await callApi(world, "POST", `/users/${alice.sub}/devices/phone/invalidate`);
    expect(await answer.json()).toMatchObject({ deviceId: "phone", invalidatedAt: expect.any(String) });
    expect(await isNew("phone")).toBe(true);
    await succeedFrom("phone");
    expect(await isNew("phone")).toBe(false);
  });

  test("have a name that can be changed; an unknown one is not found", async () => {
    await succeedFrom("phone");
    const path = `/users/${alice.sub}/devices`;
    expect(await (await callApi(world, "PATCH", `${path}/phone`, { name: "Mine" })).json()).toMatchObject({
      name: "Mine",
    });
    expect((await callApi(world, "PATCH", `${path}/none`, {})).status).toBe(404);
    expect((await callApi(world, "POST", `${path}/none/invalidate`)).status).toBe(404);
  });
});

describe("users", () => {
  test("a verified phone number takes the SMS authenticator along; POST does what PATCH does", async () => {
    await world.sdk.enrollVerifiedAuthenticator({
      userId: alice.sub,
      attributes: { verificationMethod: "SMS" as never, phoneNumber: "+6421000000" }, // the enum needs a value import
    });
    await callApi(world, "POST", `/users/${alice.sub}`, {
      phoneNumber: "+6421000001",
      phoneNumberVerified: true,
    });
    expect(await world.sdk.getAuthenticators({ userId: alice.sub })).toMatchObject([
      { email: alice.email },
      { phoneNumber: "+6421000001" },
    ]);
  });

  test("a default method is one that the user has", async () => {
    const path = `/users/${alice.sub}`;
    expect((await callApi(world, "PATCH", path, { defaultVerificationMethod: "PASSKEY" })).status).toBe(400);
    expect((await callApi(world, "PATCH", path, { defaultVerificationMethod: "EMAIL_OTP" })).status).toBe(
      200,
    );
    expect(await world.sdk.getUser({ userId: alice.sub })).toMatchObject({
      defaultVerificationMethod: "EMAIL_OTP",
    });
  });

  test("the tenant's authenticators are listed", async () => {
    expect(await (await callApi(world, "GET", "/authenticators")).json()).toContainEqual({
      authenticatorId: "email-otp",
      verificationMethod: "EMAIL_OTP",
      isActive: true,
    });
  });
});
