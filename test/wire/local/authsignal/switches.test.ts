import { UserActionState } from "@authsignal/node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { callApi, codesFor, newestCode, seedUser, startWorld, steer } from "./harness.ts";
import type { World } from "./harness.ts";

const alice = seedUser("alice");

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => steer(world, "POST", "reset"));

const turn = (switches: object) => steer(world, "PATCH", "switches", switches);
const track = (attributes: object = {}) =>
  world.sdk.track({ userId: alice.sub, action: "transfer", attributes });

async function succeeded(): Promise<string> {
  const { idempotencyKey, token } = await track({ custom: { amount: 5000 } });
  const state = UserActionState.CHALLENGE_SUCCEEDED;
  await world.sdk.updateAction({
    userId: alice.sub,
    action: "transfer",
    idempotencyKey,
    attributes: { state },
  });
  return token;
}

describe("the switches", () => {
  test("are told, changed one by one, and back after a reset", async () => {
    const before = await steer(world, "GET", "switches");
    expect(before).toMatchObject({ repeatTrack: "same", validationToken: "repeatable" });
    expect(await turn({ repeatTrack: "conflict" })).toEqual({
      ...(before as object),
      repeatTrack: "conflict",
    }); // an object, as seen above
    await steer(world, "POST", "reset");
    expect(await steer(world, "GET", "switches")).toEqual(before);
  });

  test.each([{ repeatTrack: "never" }, { unknown: 1 }, { fixedCode: "12" }, { validStates: ["NONE"] }])(
    "%j is refused",
    async (switches) => {
      await expect(turn(switches)).rejects.toThrow("400");
    },
  );

  test("can be given at the start", async () => {
    const other = await startWorld({ switches: { fixedCode: "424242" } });
    await other.sdk.challenge({ userId: alice.sub });
    expect(await codesFor(other, alice.email)).toEqual(["424242"]);
    await other.standIn.close();
  });
});

test("repeatTrack: evaluated again, or a conflict", async () => {
  await track({ idempotencyKey: "k", custom: { amount: 5000 } });
  await turn({ repeatTrack: "conflict" });
  await expect(track({ idempotencyKey: "k" })).rejects.toMatchObject({
    statusCode: 409,
    errorCode: "conflict",
  });
  await turn({ repeatTrack: "reevaluate" });
  expect(await track({ idempotencyKey: "k", custom: { amount: 1 } })).toMatchObject({ state: "ALLOW" });
  expect(await world.sdk.queryUserActions({ userId: alice.sub })).toHaveLength(1);
});

test("validationToken: valid again and again, or once", async () => {
  const token = await succeeded();
  expect(await world.sdk.validateChallenge({ token })).toMatchObject({ isValid: true });
  expect(await world.sdk.validateChallenge({ token })).toMatchObject({ isValid: true });
  await turn({ validationToken: "single-use" });
  expect(await world.sdk.validateChallenge({ token })).toMatchObject({ isValid: false });
});

test("expiredToken: says so, or says nothing", async () => {
  const { token } = await track();
  world.passTime(11);
  expect(await world.sdk.validateChallenge({ token })).toMatchObject({
    isValid: false,
    error: "expired_token",
  });
  await turn({ expiredToken: "bare" });
  expect(await world.sdk.validateChallenge({ token })).not.toHaveProperty("error");
});

test("validStates: which states are valid", async () => {
  const { token } = await track();
  await turn({ validStates: ["ALLOW", "CHALLENGE_SUCCEEDED"] });
  expect(await world.sdk.validateChallenge({ token })).toMatchObject({ isValid: true, state: "ALLOW" });
});

test("failAfterTooManyChecks: the action fails", async () => {
  await turn({ failAfterTooManyChecks: true, fixedCode: "111111" });
  const { challengeId, idempotencyKey } = await world.sdk.challenge({ userId: alice.sub, action: "wire" });
  for (let i = 0; i < 11; i += 1) {
    await world.sdk.verify({ challengeId, verificationCode: "222222" });
  }
  expect(await world.sdk.getAction({ userId: alice.sub, action: "wire", idempotencyKey })).toMatchObject({
    state: "CHALLENGE_FAILED",
  });
});

test("redirectUrlPrefixes: only these", async () => {
  await turn({ redirectUrlPrefixes: ["https://app.example/"] });
  expect(await track({ redirectUrl: "https://app.example/back" })).toMatchObject({ state: "ALLOW" });
  await expect(track({ redirectUrl: "https://evil.example/" })).rejects.toMatchObject({ statusCode: 400 });
});

test("requestsPerSecond: 429 with Retry-After", async () => {
  await turn({ requestsPerSecond: 2 });
  const statuses = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const response = await callApi(world, "GET", "/users/u");
      return [response.status, response.headers.get("retry-after")];
    }),
  );
  expect(statuses.filter(([status]) => status === 429)).toEqual([
    [429, "1"],
    [429, "1"],
  ]);
});

test("userQueryLimit: users per page", async () => {
  await turn({ userQueryLimit: 1 });
  for (const userId of ["one", "two"]) {
    await world.sdk.updateUser({ userId, attributes: { username: "same" } });
  }
  expect(await world.sdk.queryUsers({ username: "same" })).toMatchObject({
    users: [{ userId: "one" }],
    lastEvaluatedUserId: "one",
  });
});

test("updateActionFrom: only from a state that waits", async () => {
  const { idempotencyKey } = await track();
  await turn({ updateActionFrom: "required" });
  const state = UserActionState.BLOCK;
  const key = { userId: alice.sub, action: "transfer", idempotencyKey };
  await expect(world.sdk.updateAction({ ...key, attributes: { state } })).rejects.toMatchObject({
    statusCode: 400,
  });
});

test("unknownFields: overlooked", async () => {
  expect((await callApi(world, "POST", "/users/u/actions/a", { odd: 1 })).status).toBe(400);
  await turn({ unknownFields: "ignore" });
  expect((await callApi(world, "POST", "/users/u/actions/a", { odd: 1 })).status).toBe(200);
  expect((await callApi(world, "POST", "/users/u/actions/a", { odd: 1, custom: [] })).status).toBe(400);
});

test("trackedAddress: replaces the one that is known", async () => {
  await turn({ trackedAddress: "overwrite" });
  await track({ email: "new@example.com" });
  expect(await world.sdk.getUser({ userId: alice.sub })).toMatchObject({ email: "new@example.com" });
});

test("fixedCode: every code is this one", async () => {
  await turn({ fixedCode: "123456" });
  await world.sdk.challenge({ userId: alice.sub });
  expect(await newestCode(world, alice.email)).toBe("123456");
});
