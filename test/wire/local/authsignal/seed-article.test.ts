import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { open, submit } from "./browser.ts";
import { newestCode, seedUser, startWorld, steer } from "./harness.ts";
import type { World } from "./harness.ts";

/** The three rules of the article the product began from, as an analyst would write them. */
const alice = seedUser("alice");
const NEW_ZEALAND = "198.51.100.7";
const AUSTRALIA = "203.0.113.7";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => steer(world, "POST", "reset"));

const putRule = (actionCode: string, rule: object) =>
  steer(world, "PUT", `rules/${actionCode}/the-rule`, rule);
const track = (action: string, attributes: object) =>
  world.sdk.track({
    userId: alice.sub,
    action,
    attributes: { redirectUrl: "http://app.localhost/", ...attributes },
  });

/** Alice proves herself once, in the circumstances given. */
async function succeed(circumstances: object): Promise<void> {
  const tracked = await track("add-payee", circumstances);
  const page = await submit(world, await open(world, tracked.url), "/challenge/send");
  await submit(world, page, "/challenge/verify", { code: await newestCode(world, alice.email) });
}

describe("a payment of more than 1000 on a new device requires a passkey", () => {
  beforeEach(() =>
    putRule("payment", {
      type: "CHALLENGE",
      verificationMethods: ["PASSKEY"],
      conditions: {
        and: [{ ">": [{ var: "custom.amount" }, 1000] }, { "==": [{ var: "device.isNew" }, true] }],
      },
    }),
  );

  test("asks for a passkey, whatever else the user has", async () => {
    expect(await track("payment", { deviceId: "new", custom: { amount: 1001 } })).toMatchObject({
      state: "CHALLENGE_REQUIRED",
      allowedVerificationMethods: ["PASSKEY"],
      enrolledVerificationMethods: ["EMAIL_OTP"],
    });
  });

  test.each([
    ["1000 exactly", { deviceId: "new", custom: { amount: 1000 } }],
    ["no amount", { deviceId: "new" }],
    ["no device", { custom: { amount: 5000 } }],
  ])("does not ask with %s", async (_name, attributes) => {
    expect(await track("payment", attributes)).toMatchObject({ state: "ALLOW" });
  });

  test("does not ask on a device that is known", async () => {
    await succeed({ deviceId: "known" });
    expect(await track("payment", { deviceId: "known", custom: { amount: 5000 } })).toMatchObject({
      state: "ALLOW",
    });
  });
});

describe("a changed country requires an e-mail code", () => {
  beforeEach(() =>
    putRule("payment", {
      type: "CHALLENGE",
      verificationMethods: ["EMAIL_OTP"],
      conditions: { "==": [{ var: "ip.countryChanged" }, true] },
    }),
  );

  test("asks when the last success was somewhere else, and no more once proven there", async () => {
    await succeed({ ipAddress: NEW_ZEALAND });
    expect(await track("payment", { ipAddress: NEW_ZEALAND })).toMatchObject({ state: "ALLOW" });
    expect(await track("payment", { ipAddress: AUSTRALIA })).toMatchObject({
      state: "CHALLENGE_REQUIRED",
      allowedVerificationMethods: ["EMAIL_OTP"],
    });
    await succeed({ ipAddress: AUSTRALIA });
    expect(await track("payment", { ipAddress: AUSTRALIA })).toMatchObject({ state: "ALLOW" });
  });

  test("does not ask when nothing is known of where the user was, or is", async () => {
    expect(await track("payment", { ipAddress: AUSTRALIA })).toMatchObject({ state: "ALLOW" });
    await succeed({ ipAddress: NEW_ZEALAND });
    expect(await track("payment", {})).toMatchObject({ state: "ALLOW" });
    expect(await track("payment", { ipAddress: "127.0.0.1" })).toMatchObject({ state: "ALLOW" });
  });
});

describe("security settings with the last authentication more than five minutes ago require a push", () => {
  beforeEach(() =>
    putRule("security-settings", {
      type: "CHALLENGE",
      verificationMethods: ["PUSH"],
      conditions: { ">": [{ var: "user.secondsSinceLastAuthentication" }, 300] },
    }),
  );

  test("asks once five minutes are over", async () => {
    await succeed({});
    expect(await track("security-settings", {})).toMatchObject({ state: "ALLOW" });
    world.passTime(5.1);
    expect(await track("security-settings", {})).toMatchObject({
      state: "CHALLENGE_REQUIRED",
      allowedVerificationMethods: ["PUSH"],
    });
  });

  test("asks someone who never authenticated, unless that is switched to be unknown", async () => {
    expect(await track("security-settings", {})).toMatchObject({ state: "CHALLENGE_REQUIRED" });
    await steer(world, "PATCH", "switches", { neverAuthenticated: "absent" });
    expect(await track("security-settings", {})).toMatchObject({ state: "ALLOW" });
  });
});
