import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { open, submit } from "./browser.ts";
import { newestCode, seedUser, startWorld, trackTransfer } from "./harness.ts";
import type { World } from "./harness.ts";

const alice = seedUser("alice");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => fetch(`${world.standIn.url}/control/reset`, { method: "POST" }));

function putRule(ruleId: string, rule: object, actionCode = "transfer"): Promise<Response> {
  return fetch(`${world.standIn.url}/control/rules/${actionCode}/${ruleId}`, {
    method: "PUT",
    body: JSON.stringify(rule),
  });
}

async function stateOf(
  custom: Record<string, string | number | boolean>,
  more: object = {},
): Promise<string> {
  const attributes = { custom, ...more };
  return (await world.sdk.track({ userId: alice.sub, action: "transfer", attributes })).state;
}

test("a changed threshold decides the next track", async () => {
  expect(await stateOf({ amount: 600 })).toBe("ALLOW");
  expect(
    (await putRule("large-transfer", { conditions: { ">": [{ var: "custom.amount" }, 500] } })).status,
  ).toBe(200);
  expect(await stateOf({ amount: 600 })).toBe("CHALLENGE_REQUIRED");
});

test("an inactive rule is not asked; the default outcome decides when none is triggered", async () => {
  await putRule("large-transfer", { isActive: false });
  expect(await stateOf({ amount: 1500 })).toBe("ALLOW");
  await fetch(`${world.standIn.url}/control/actions/transfer`, {
    method: "PUT",
    body: JSON.stringify({ defaultOutcome: "REVIEW" }),
  });
  expect(await stateOf({ amount: 1500 })).toBe("REVIEW_REQUIRED");
});

test("an order comparison with nothing, or with words, does not match", async () => {
  await putRule("small", { conditions: { "<": [{ var: "custom.amount" }, 10] }, type: "BLOCK" });
  expect(await stateOf({ amount: 5 })).toBe("BLOCK");
  expect(await stateOf({ amount: "5" })).toBe("BLOCK");
  expect(await stateOf({})).toBe("ALLOW");
  expect(await stateOf({ amount: "" })).toBe("ALLOW");
  expect(await stateOf({ amount: "lots" })).toBe("ALLOW");
});

test("ip, device and user features can be used together", async () => {
  await putRule("elsewhere", {
    type: "REVIEW",
    conditions: {
      and: [
        { in: [{ var: "ip.address" }, ["203.0.113.9"]] },
        { "==": [{ var: "user.isEnrolled" }, true] },
        { "==": [{ var: "action.code" }, "transfer"] },
      ],
    },
  });
  expect(await stateOf({}, { ipAddress: "203.0.113.9" })).toBe("REVIEW_REQUIRED");
  expect(await stateOf({}, { ipAddress: "203.0.113.8" })).toBe("ALLOW");
  expect(await stateOf({})).toBe("ALLOW");
});

test("a device is new until a challenge from it has succeeded", async () => {
  await putRule("new-device", { conditions: { "==": [{ var: "device.isNew" }, true] } });
  const attributes = { deviceId: "phone", redirectUrl: "http://app.localhost/" };
  const tracked = await world.sdk.track({ userId: alice.sub, action: "transfer", attributes });
  expect(tracked.state).toBe("CHALLENGE_REQUIRED");
  expect(await stateOf({}, { deviceId: "phone" })).toBe("CHALLENGE_REQUIRED");
  const page = await submit(world, await open(world, tracked.url), "/challenge/send");
  await submit(world, page, "/challenge/verify", { code: await newestCode(world, alice.email) });
  expect(await stateOf({}, { deviceId: "phone" })).toBe("ALLOW");
  expect(await stateOf({}, { deviceId: "tablet" })).toBe("CHALLENGE_REQUIRED");
  expect(await stateOf({})).toBe("ALLOW");
});

test.each([
  ["an unknown operator", { conditions: { run: ["x"] } }],
  ["conditions that are a list", { conditions: [true] }],
  ["two operators in one object", { conditions: { "==": [1, 1], ">": [2, 1] } }],
  ["a priority that is taken", { priority: 0 }],
  ["a priority beyond 99", { priority: 100 }],
  ["a method of another tenant", { verificationMethods: ["VERIFF"] }],
  ["no method at all", { verificationMethods: [] }],
  ["an unknown field", { colour: "red" }],
])("refuses %s and changes nothing", async (_name, rule) => {
  expect((await putRule("large-transfer", rule)).status).toBe(400);
  expect(await trackTransfer(world, "alice", 1500)).toMatchObject({ ruleIds: ["large-transfer"] });
});

test("a new rule needs conditions, and a removed one is gone", async () => {
  expect((await putRule("fresh", { type: "BLOCK" })).status).toBe(400);
  await putRule("fresh", { type: "BLOCK", conditions: { "==": [1, 1] } }, "brand-new");
  const track = () => world.sdk.track({ userId: alice.sub, action: "brand-new" });
  expect(await track()).toMatchObject({ state: "BLOCK", ruleIds: ["fresh"] });
  await fetch(`${world.standIn.url}/control/rules/brand-new/fresh`, { method: "DELETE" });
  expect(await track()).toMatchObject({ state: "ALLOW", ruleIds: [] });
});
