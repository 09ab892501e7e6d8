import { UserActionState } from "@authsignal/node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { seedUser, startWorld, steer } from "./harness.ts";
import type { World } from "./harness.ts";

const alice = seedUser("alice");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => steer(world, "POST", "reset"));

/** Whether a rule with these conditions is triggered by an action with these attributes. */
async function isTriggered(conditions: object, attributes: object = {}): Promise<boolean> {
  await steer(world, "PUT", "rules/probe/probe", { type: "REVIEW", conditions });
  const { state } = await world.sdk.track({ userId: alice.sub, action: "probe", attributes });
  return state === UserActionState.REVIEW_REQUIRED;
}

const is = (name: string, value: unknown) => ({ "==": [{ var: name }, value] });

describe("ip", () => {
  test.each([
    ["ip.countryCode", "NZ", "198.51.100.7"],
    ["ip.location.country.countryCode", "US", "192.0.2.1"],
    ["ip.countryCode", "GB", "2001:db8:4400::1"],
    ["ip.isAnonymous", true, "203.0.113.200"],
    ["ip.isAnonymous", false, "203.0.113.7"],
    ["ip.isUnrecognized", true, "203.0.113.7"],
    ["ip.countryCodeInOfacList", false, "203.0.113.7"],
    ["ip.address", "203.0.113.7", "203.0.113.7"],
  ])("%s is %s for %s", async (name, value, ipAddress) => {
    expect(await isTriggered(is(name, value), { ipAddress })).toBe(true);
    expect(await isTriggered(is(name, value))).toBe(false);
  });

  test("of an address that is nowhere, its country is missing", async () => {
    expect(await isTriggered({ "!=": [{ var: "ip.countryCode" }, "NZ"] }, { ipAddress: "10.0.0.1" })).toBe(
      false,
    );
    expect(await isTriggered(is("ip.isAnonymous", false), { ipAddress: "10.0.0.1" })).toBe(true);
  });

  test("ranges that are set come before the built-in ones", async () => {
    await steer(world, "PUT", "ip-ranges", [
      { cidr: "203.0.113.0/28", countryCode: "KP", isAnonymous: true },
      { cidr: "127.0.0.0/8", countryCode: "FR" },
    ]);
    const ipAddress = "203.0.113.7";
    expect(await isTriggered(is("ip.countryCode", "KP"), { ipAddress })).toBe(true);
    expect(await isTriggered(is("ip.isAnonymous", true), { ipAddress })).toBe(true);
    expect(await isTriggered(is("ip.countryCodeInOfacList", true), { ipAddress })).toBe(true);
    expect(await isTriggered(is("ip.countryCode", "FR"), { ipAddress: "127.0.0.1" })).toBe(true);
    expect(await isTriggered(is("ip.countryCode", "AU"), { ipAddress: "203.0.113.16" })).toBe(true);
  });

  test.each([
    ["203.0.113.7", ["203.0.113.0/24"], true],
    ["203.0.114.7", ["203.0.113.0/24"], false],
    ["203.0.114.7", ["10.0.0.0/8", "203.0.112.0/22"], true],
    ["2001:db8::1", ["2001:db8::/32"], true],
    ["2001:db8::1", ["203.0.113.0/24"], false],
    ["203.0.113.7", ["no range", "203.0.113.0/99"], false],
  ])("%s in %j: %s", async (ipAddress, ranges, expected) => {
    expect(await isTriggered({ inCidr: [{ var: "ip.address" }, ranges] }, { ipAddress })).toBe(expected);
  });
});

describe("device", () => {
  test.each([
    ["curl/8.5.0", true],
    ["Mozilla/5.0 (compatible; Googlebot/2.1)", true],
    ["Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/149.0", true],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15", false],
  ])("%s is a bot: %s", async (userAgent, expected) => {
    expect(await isTriggered(is("device.isBot", expected), { userAgent })).toBe(true);
    expect(await isTriggered(is("device.isBot", !expected), { userAgent })).toBe(false);
  });

  test("a new device is new, and there are none yet", async () => {
    expect(await isTriggered(is("device.isNew", true), { deviceId: "d" })).toBe(true);
    expect(await isTriggered(is("device.count", 0), { deviceId: "d" })).toBe(true);
  });
});

describe("user and action", () => {
  test.each([
    ["user.userId", alice.sub],
    ["user.email", alice.email],
    ["user.isEnrolled", true],
    ["user.hasPreviouslyVerified", false],
    ["action.code", "probe"],
  ])("%s", async (name, value) => {
    expect(await isTriggered(is(name, value))).toBe(true);
  });

  test("a data point of the user is read like one of the profile", async () => {
    await world.sdk.updateUser({ userId: alice.sub, attributes: { custom: { tier: "gold" } } });
    expect(await isTriggered(is("user.tier", "gold"))).toBe(true);
  });
});

describe("what is missing", () => {
  const absent = { var: "custom.absent" };
  test.each([
    ["==", { "==": [absent, "x"] }],
    ["!=", { "!=": [absent, "x"] }],
    ["<", { "<": [absent, 10] }],
    [">", { ">": [absent, -10] }],
    ["in", { in: [absent, ["x"]] }],
    ["not in", { "!": [{ in: [absent, ["x"]] }] }],
    ["not", { "!": [absent] }],
    ["not more than", { "!": [{ ">": [absent, 10] }] }],
    ["an address in a range", { inCidr: [{ var: "ip.address" }, ["0.0.0.0/0"]] }],
    ["not a bot", { "==": [{ var: "device.isBot" }, false] }],
  ])("does not match: %s", async (_name, conditions) => {
    expect(await isTriggered(conditions)).toBe(false);
  });

  test("does not keep an alternative from matching", async () => {
    expect(await isTriggered({ or: [{ ">": [absent, 1] }, is("user.isEnrolled", true)] })).toBe(true);
    expect(await isTriggered({ and: [{ "!=": [absent, 1] }, is("user.isEnrolled", true)] })).toBe(false);
  });

  test("its presence can be asked for", async () => {
    expect(await isTriggered({ "!!": [absent] })).toBe(false);
    expect(await isTriggered({ "!!": [absent] }, { custom: { absent: 1 } })).toBe(true);
    expect(await isTriggered({ "==": [absent, null] })).toBe(true);
  });

  test("counts as JsonLogic has it when that is switched on", async () => {
    await steer(world, "PATCH", "switches", { missingVariable: "json-logic" });
    expect(await isTriggered({ "<": [absent, 10] })).toBe(true);
    expect(await isTriggered({ "!=": [absent, "x"] })).toBe(true);
    expect(await isTriggered({ "!": [absent] })).toBe(true);
  });
});

describe("several rules", () => {
  test("are all told, the lowest number decides, with its methods and default", async () => {
    const always = { "==": [1, 1] };
    await steer(world, "PUT", "rules/many/last", { type: "BLOCK", priority: 9, conditions: always });
    await steer(world, "PUT", "rules/many/first", {
      type: "CHALLENGE",
      priority: 2,
      conditions: always,
      verificationMethods: ["PASSKEY", "EMAIL_OTP"],
      defaultVerificationMethod: "EMAIL_OTP",
      description: "why",
    });
    await steer(world, "PUT", "rules/many/off", { priority: 0, isActive: false, conditions: always });
    const tracked = await world.sdk.track({ userId: alice.sub, action: "many" });
    expect(tracked).toMatchObject({
      state: "CHALLENGE_REQUIRED",
      ruleIds: ["first", "last"],
      allowedVerificationMethods: ["PASSKEY", "EMAIL_OTP"],
      defaultVerificationMethod: "EMAIL_OTP",
    });
    const key = { userId: alice.sub, action: "many", idempotencyKey: tracked.idempotencyKey };
    expect(await world.sdk.getAction(key)).toMatchObject({
      rules: [{ ruleId: "first", name: "first", description: "why" }, { ruleId: "last" }],
      priorityRuleId: "first",
    });
  });

  test("a snapshot stays what it was when the rule changes", async () => {
    const rule = { type: "BLOCK", name: "Before", conditions: { "==": [1, 1] } };
    await steer(world, "PUT", "rules/many/one", rule);
    const { idempotencyKey } = await world.sdk.track({ userId: alice.sub, action: "many" });
    await steer(world, "PUT", "rules/many/one", { name: "After", type: "ALLOW" });
    const key = { userId: alice.sub, action: "many", idempotencyKey };
    expect(await world.sdk.getAction(key)).toMatchObject({ state: "BLOCK", rules: [{ name: "Before" }] });
  });

  test("their order can be changed as a whole, and by nothing less", async () => {
    const conditions = { "==": [1, 1] };
    await steer(world, "PUT", "rules/many/a", { type: "ALLOW", conditions });
    await steer(world, "PUT", "rules/many/b", { type: "BLOCK", conditions });
    const track = () => world.sdk.track({ userId: alice.sub, action: "many" });
    expect(await track()).toMatchObject({ state: "ALLOW" });
    await steer(world, "PUT", "rules/many", { order: ["b", "a"] });
    expect(await track()).toMatchObject({ state: "BLOCK", ruleIds: ["b", "a"] });
    for (const order of [["a"], ["a", "a"], ["a", "b", "c"], []]) {
      await expect(steer(world, "PUT", "rules/many", { order })).rejects.toThrow("400");
    }
  });
});

test("someone who has only methods that do not count: stays challenged, or as it is switched", async () => {
  await steer(world, "PUT", "rules/probe/only", {
    type: "CHALLENGE",
    conditions: { "==": [1, 1] },
    verificationMethods: ["PASSKEY"],
  });
  const track = () => world.sdk.track({ userId: alice.sub, action: "probe" });
  expect(await track()).toMatchObject({ state: "CHALLENGE_REQUIRED", isEnrolled: true });
  await steer(world, "PATCH", "switches", { withoutAllowedMethod: "block" });
  expect(await track()).toMatchObject({ state: "BLOCK" });
  await steer(world, "PATCH", "switches", { withoutAllowedMethod: "allow" });
  expect(await track()).toMatchObject({ state: "ALLOW", isEnrolled: true });
});
