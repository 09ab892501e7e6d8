import { AuthsignalError, UserActionState, VerificationMethod } from "@authsignal/node";
import { Authsignal } from "@authsignal/node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { REDIRECT_URL, SECRET_KEY, seedUser, startWorld, trackTransfer } from "./harness.ts";
import type { World } from "./harness.ts";

const alice = seedUser("alice");
const newt = seedUser("newt");

let world: World;
beforeAll(async () => {
  world = await startWorld({ previousSecretKey: "the-key-before" });
});
afterAll(() => world.standIn.close());
beforeEach(() => fetch(`${world.standIn.url}/control/reset`, { method: "POST" }));

function post(path: string, body: unknown, key = SECRET_KEY): Promise<Response> {
  return fetch(`${world.standIn.url}${path}`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${key}:`)}` },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

describe("the key", () => {
  test("a wrong one is refused with the documented text and all three keys", async () => {
    const response = await post("/v1/users/u/actions/a", {}, "wrong");
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      error: "unauthorized",
      errorCode: "unauthorized",
      errorDescription:
        "The request is unauthorized. Check that your API key and region base URL are correctly configured.",
    });
  });

  test("the SDK sees an AuthsignalError", async () => {
    const stranger = new Authsignal({ apiSecretKey: "wrong", apiUrl: world.standIn.url, retries: 0 });
    const error: unknown = await stranger.getUser({ userId: "u" }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AuthsignalError);
    expect(error).toMatchObject({ statusCode: 401, errorCode: "unauthorized" });
  });

  test("a password beside it is refused, and the key before it still works", async () => {
    const headers = { authorization: `Basic ${btoa(`${SECRET_KEY}:x`)}` };
    expect((await fetch(`${world.standIn.url}/users/u`, { headers })).status).toBe(401);
    expect((await post("/users/u/actions/a", {}, "the-key-before")).status).toBe(200);
  });
});

describe("track", () => {
  test("a small transfer is allowed, and still has a url and a token", async () => {
    const tracked = await trackTransfer(world, "alice", 50);
    expect(tracked).toMatchObject({
      state: UserActionState.ALLOW,
      isEnrolled: true,
      enrolledVerificationMethods: ["EMAIL_OTP"],
      ruleIds: [],
    });
    const url = new URL(tracked.url);
    expect(url.origin).toBe(world.standIn.publicUrl);
    expect(url.searchParams.get("token")).toBe(tracked.token);
  });

  test("a large one is challenged by its rule", async () => {
    expect(await trackTransfer(world, "alice", 1000.01)).toMatchObject({
      state: "CHALLENGE_REQUIRED",
      ruleIds: ["large-transfer"],
      defaultVerificationMethod: "EMAIL_OTP",
      allowedVerificationMethods: ["EMAIL_OTP", "AUTHENTICATOR_APP"],
    });
  });

  test("a challenge for someone without authenticators is ALLOW and says so", async () => {
    expect(await trackTransfer(world, "newt", 1500)).toMatchObject({
      state: "ALLOW",
      isEnrolled: false,
      ruleIds: ["large-transfer"],
    });
  });

  test("all triggered rules are named, the first decides", async () => {
    const tracked = await trackTransfer(world, "mallory", 1500);
    expect(tracked).toMatchObject({ state: "BLOCK", ruleIds: ["blocked-customer", "large-transfer"] });
  });

  test("the same triple is the same action, in its present state, with another token", async () => {
    const request = (amount: number) => ({
      userId: alice.sub,
      action: "transfer",
      attributes: { idempotencyKey: "one", custom: { amount } },
    });
    const first = await world.sdk.track(request(1500));
    const again = await world.sdk.track(request(1));
    expect(again).toMatchObject({ idempotencyKey: "one", state: "CHALLENGE_REQUIRED" });
    expect(again.token).not.toBe(first.token);
    const state = UserActionState.BLOCK;
    await world.sdk.updateAction({ ...request(0), idempotencyKey: "one", attributes: { state } });
    expect(await world.sdk.track(request(1))).toMatchObject({ state: "BLOCK" });
    expect(await world.sdk.queryUserActions({ userId: alice.sub })).toHaveLength(1);
  });

  test("thirty at once with one triple are one action", async () => {
    await Promise.all(
      Array.from({ length: 30 }, () =>
        world.sdk.track({ userId: alice.sub, action: "transfer", attributes: { idempotencyKey: "k" } }),
      ),
    );
    expect(await world.sdk.queryUserActions({ userId: alice.sub })).toHaveLength(1);
  });

  test("an unknown action is created, with ALLOW; an unknown user too, with the address given", async () => {
    const attributes = { email: "new@example.com" };
    expect(await world.sdk.track({ userId: "someone", action: "brand-new", attributes })).toMatchObject({
      state: "ALLOW",
      isEnrolled: false,
    });
    expect(await world.sdk.getUser({ userId: "someone" })).toMatchObject({ email: "new@example.com" });
  });

  test("an address never overwrites the one that is known", async () => {
    await world.sdk.track({ userId: alice.sub, action: "x", attributes: { email: "thief@example.com" } });
    expect(await world.sdk.getUser({ userId: alice.sub })).toMatchObject({ email: alice.email });
  });

  test.each([
    ["an action code outside the documented alphabet", "/users/u/actions/a%20b", {}],
    ["an unknown field", "/users/u/actions/a", { redirect_url: REDIRECT_URL }],
    ["a number as a key", "/users/u/actions/a", { idempotencyKey: 1 }],
    ["a nested custom value", "/users/u/actions/a", { custom: { a: { b: 1 } } }],
    ["a script as redirectUrl", "/users/u/actions/a", { redirectUrl: "javascript:alert(1)" }],
    ["an ipAddress that is none", "/users/u/actions/a", { ipAddress: "300.1.1.1" }],
    ["a challengeId that does not exist", "/users/u/actions/a", { challengeId: "c" }],
    ["a body that is a list", "/users/u/actions/a", []],
    ["a body that is not JSON", "/users/u/actions/a", "{"],
  ])("refuses %s", async (_name, path, body) => {
    const response = await post(`/v1${path}`, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "invalid_request", errorCode: "invalid_request" });
  });
});

describe("validate", () => {
  test("a token fresh from track reports the action, and is not valid", async () => {
    const { token, idempotencyKey } = await trackTransfer(world, "alice", 1500);
    expect(await world.sdk.validateChallenge({ token, action: "transfer", userId: alice.sub })).toMatchObject(
      {
        isValid: false,
        state: "CHALLENGE_REQUIRED",
        userId: alice.sub,
        action: "transfer",
        idempotencyKey,
      },
    );
  });

  test.each([
    ["garbage", (token: string) => ({ token: `${token.slice(0, -4)}AAAA` })],
    ["another user", (token: string) => ({ token, userId: "other" })],
    ["another action", (token: string) => ({ token, action: "add-payee" })],
  ])("%s is answered with 200 and nothing but isValid false", async (_name, request) => {
    const { token } = await trackTransfer(world, "alice", 1500);
    const response = await post("/v1/validate", request(token));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ isValid: false });
  });

  test.each([
    ["alice", 50, "ALLOW"],
    ["mallory", 50, "BLOCK"],
  ])("the token of %s, %d, has the state %s and is not valid", async (username, amount, state) => {
    const { token } = await trackTransfer(world, username, amount);
    expect(await world.sdk.validateChallenge({ token })).toMatchObject({ isValid: false, state });
  });

  test("an unsigned token and one of another tenant are garbage", async () => {
    const { token } = await trackTransfer(world, "alice", 1500);
    const [, payload = ""] = token.split(".");
    const header = Buffer.from('{"alg":"none"}').toString("base64url");
    expect(await (await post("/validate", { token: `${header}.${payload}.` })).json()).toEqual({
      isValid: false,
    });
    const other = await startWorld({ tenantId: "another" });
    const foreign = await trackTransfer(other, "alice", 1500);
    await other.standIn.close();
    expect(await (await post("/validate", { token: foreign.token })).json()).toEqual({ isValid: false });
  });

  test("a missing token is an invalid request", async () => {
    expect((await post("/validate", {})).status).toBe(400);
  });
});

describe("actions", () => {
  test("get tells the state, the rules and the tracked data", async () => {
    const { idempotencyKey } = await trackTransfer(world, "mallory", 1500);
    const userId = seedUser("mallory").sub;
    expect(await world.sdk.getAction({ userId, action: "transfer", idempotencyKey })).toMatchObject({
      state: "BLOCK",
      rules: [{ ruleId: "blocked-customer", name: "Blocked customer" }, { ruleId: "large-transfer" }],
      priorityRuleId: "blocked-customer",
      output: { custom: { amount: 1500, payee: "Dora" } },
    });
  });

  test("query filters by code and state, newest first", async () => {
    await trackTransfer(world, "alice", 50);
    await trackTransfer(world, "alice", 1500);
    await world.sdk.track({ userId: alice.sub, action: "add-payee" });
    const codes = async (query: object): Promise<string[]> =>
      (await world.sdk.queryUserActions({ userId: alice.sub, ...query })).map(
        ({ actionCode, state }) => `${actionCode} ${state}`,
      );
    expect(await codes({})).toEqual([
      "add-payee CHALLENGE_REQUIRED",
      "transfer CHALLENGE_REQUIRED",
      "transfer ALLOW",
    ]);
    expect(await codes({ actionCodes: ["transfer"], state: "ALLOW" })).toEqual(["transfer ALLOW"]);
    expect(await codes({ fromDate: new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
  });

  test("update moves the state, and what validate says", async () => {
    const { idempotencyKey, token } = await trackTransfer(world, "alice", 1500);
    const key = { userId: alice.sub, action: "transfer", idempotencyKey };
    const state = UserActionState.CHALLENGE_FAILED;
    expect(await world.sdk.updateAction({ ...key, attributes: { state } })).toMatchObject({ state });
    expect(await world.sdk.validateChallenge({ token })).toMatchObject({ isValid: false, state });
  });

  test("an unknown one is not found", async () => {
    const key = { userId: alice.sub, action: "transfer", idempotencyKey: "none" };
    await expect(world.sdk.getAction(key)).rejects.toMatchObject({ statusCode: 404, errorCode: "not_found" });
    const attributes = { state: UserActionState.BLOCK };
    await expect(world.sdk.updateAction({ ...key, attributes })).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe("users and authenticators", () => {
  test("an unknown user is 200 and not enrolled", async () => {
    expect(await world.sdk.getUser({ userId: "nobody" })).toMatchObject({
      isEnrolled: false,
      emailVerified: false,
      phoneNumberVerified: false,
    });
  });

  test("update keeps what is omitted, and takes an e-mail authenticator along", async () => {
    const email = "alice@new.example";
    await world.sdk.updateUser({ userId: alice.sub, attributes: { email, emailVerified: true } });
    expect(await world.sdk.getUser({ userId: alice.sub })).toMatchObject({ email, displayName: alice.name });
    expect(await world.sdk.getAuthenticators({ userId: alice.sub })).toMatchObject([{ email }]);
  });

  test("query finds by e-mail and pages by the last user", async () => {
    expect(await world.sdk.queryUsers({ email: alice.email })).toMatchObject({
      users: [{ userId: alice.sub, username: "alice" }],
    });
    await world.sdk.updateUser({ userId: "one", attributes: { phoneNumber: "+6421000000" } });
    await world.sdk.updateUser({ userId: "two", attributes: { phoneNumber: "+6421000000" } });
    const first = await world.sdk.queryUsers({ phoneNumber: "+6421000000", limit: 1 });
    expect(first).toMatchObject({ users: [{ userId: "one" }], lastEvaluatedUserId: "one" });
    expect(
      await world.sdk.queryUsers({ phoneNumber: "+6421000000", lastEvaluatedUserId: "one" }),
    ).toMatchObject({ users: [{ userId: "two" }] });
    await expect(world.sdk.queryUsers({})).rejects.toMatchObject({ errorCode: "invalid_request" });
  });

  test("enrolling a verified address makes the user challengeable, deleting undoes it", async () => {
    const { authenticator } = await world.sdk.enrollVerifiedAuthenticator({
      userId: newt.sub,
      attributes: { verificationMethod: VerificationMethod.EMAIL_OTP, email: newt.email },
    });
    expect(await trackTransfer(world, "newt", 1500)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
    const { userAuthenticatorId } = authenticator;
    await world.sdk.deleteAuthenticator({ userId: newt.sub, userAuthenticatorId });
    expect(await world.sdk.getAuthenticators({ userId: newt.sub })).toEqual([]);
  });

  test("a method that the tenant has not switched on is refused", async () => {
    const attributes = { verificationMethod: VerificationMethod.VERIFF };
    await expect(
      world.sdk.enrollVerifiedAuthenticator({ userId: newt.sub, attributes }),
    ).rejects.toMatchObject({ statusCode: 400, errorCode: "invalid_request" });
  });

  test("the secret of an authenticator app never leaves", async () => {
    const { sub: userId } = seedUser("bob");
    const [, app] = await world.sdk.getAuthenticators({ userId });
    expect(app).toMatchObject({ verificationMethod: "AUTHENTICATOR_APP" });
    expect(app).not.toHaveProperty("secret");
  });

  test("deleting a user forgets authenticators and history", async () => {
    const { token } = await trackTransfer(world, "alice", 1500);
    await world.sdk.deleteUser({ userId: alice.sub });
    expect(await world.sdk.getUser({ userId: alice.sub })).toMatchObject({ isEnrolled: false });
    expect(await world.sdk.queryUserActions({ userId: alice.sub })).toEqual([]);
    expect(await world.sdk.validateChallenge({ token })).toMatchObject({ isValid: false });
  });
});

test("an unknown route is answered as the API's front does", async () => {
  const response = await post("/v1/nowhere", {});
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ message: "Not Found" });
});
