import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newestCode, seedUser, startWorld, steer, TENANT_ID } from "./harness.ts";
import type { World } from "./harness.ts";

const alice = seedUser("alice");
const CLIENT_ID = "local-app";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.standIn.close());
beforeEach(() => steer(world, "POST", "reset"));

const issuer = (): string => `${world.standIn.url}/v1/client/public/${TENANT_ID}`;

/** The token of a challenge that alice has passed. */
async function passedToken(): Promise<string> {
  const { challengeId } = await world.sdk.challenge({ userId: alice.sub, action: "signIn" });
  await world.sdk.verify({ challengeId, verificationCode: await newestCode(world, alice.email) });
  return (await world.sdk.claimChallenge({ challengeId, userId: alice.sub })).token;
}

async function newSession() {
  return world.sdk.createSession({ clientId: CLIENT_ID, token: await passedToken(), action: "signIn" });
}

const refused = { statusCode: 401, errorCode: "unauthorized" };

describe("a session", () => {
  test("has an RS256 access token that the published keys verify", async () => {
    const { accessToken } = await newSession();
    const keys = createRemoteJWKSet(new URL(`${issuer()}/.well-known/jwks`));
    const { payload, protectedHeader } = await jwtVerify(accessToken, keys, {
      issuer: issuer(),
      audience: CLIENT_ID,
    });
    expect(protectedHeader.alg).toBe("RS256");
    expect(payload).toMatchObject({ sub: alice.sub, email: alice.email });
  });

  test("is found by discovery", async () => {
    const document: unknown = await (await fetch(`${issuer()}/.well-known/openid-configuration`)).json();
    expect(document).toMatchObject({ issuer: issuer(), jwks_uri: `${issuer()}/.well-known/jwks` });
  });

  test("publishes no private part of a key", async () => {
    await newSession();
    const text = await (await fetch(`${issuer()}/.well-known/jwks`)).text();
    expect(JSON.parse(text)).toMatchObject({ keys: [{ kty: "RSA", alg: "RS256", use: "sig" }] });
    expect(text).not.toMatch(/"(?:d|p|q|dp|dq|qi)":/);
  });

  test("is validated with its user, its end and its method", async () => {
    const { accessToken } = await newSession();
    expect(await world.sdk.validateSession({ accessToken, clientIds: [CLIENT_ID] })).toMatchObject({
      user: { userId: alice.sub, email: alice.email },
      expiresAt: decodeJwt(accessToken).exp,
      verificationMethod: "EMAIL_OTP",
    });
  });

  test("is not for other apps", async () => {
    const { accessToken } = await newSession();
    await expect(world.sdk.validateSession({ accessToken, clientIds: ["other"] })).rejects.toMatchObject(
      refused,
    );
  });

  test("expires", async () => {
    const { accessToken } = await newSession();
    world.passTime(61);
    await expect(world.sdk.validateSession({ accessToken })).rejects.toMatchObject(refused);
  });
});

describe("creating one", () => {
  test("needs a challenge that succeeded", async () => {
    const { token } = await world.sdk.track({ userId: alice.sub, action: "add-payee" });
    await expect(world.sdk.createSession({ clientId: CLIENT_ID, token })).rejects.toMatchObject(refused);
    await expect(world.sdk.createSession({ clientId: CLIENT_ID, token: "none" })).rejects.toMatchObject(
      refused,
    );
  });

  test("needs the action that is named, and an app client that exists", async () => {
    const token = await passedToken();
    await expect(
      world.sdk.createSession({ clientId: CLIENT_ID, token, action: "other" }),
    ).rejects.toMatchObject(refused);
    await expect(world.sdk.createSession({ clientId: "nobody", token })).rejects.toMatchObject({
      statusCode: 400,
      errorCode: "invalid_request",
    });
  });
});

describe("refreshing", () => {
  test("gives a new pair and revokes the one before", async () => {
    const first = await newSession();
    const second = await world.sdk.refreshSession({ refreshToken: first.refreshToken });
    expect(await world.sdk.validateSession({ accessToken: second.accessToken })).toBeDefined();
    await expect(world.sdk.validateSession({ accessToken: first.accessToken })).rejects.toMatchObject(
      refused,
    );
    await expect(world.sdk.refreshSession({ refreshToken: first.refreshToken })).rejects.toMatchObject(
      refused,
    );
  });

  test("revokes other sessions of the user only when it is switched so", async () => {
    const other = await newSession();
    const one = await newSession();
    const next = await world.sdk.refreshSession({ refreshToken: one.refreshToken });
    await world.sdk.validateSession({ accessToken: other.accessToken });
    await steer(world, "PATCH", "switches", { refreshRevokes: "user" });
    await world.sdk.refreshSession({ refreshToken: next.refreshToken });
    await expect(world.sdk.validateSession({ accessToken: other.accessToken })).rejects.toMatchObject(
      refused,
    );
  });

  test("ends with the life of the refresh token", async () => {
    const { refreshToken } = await newSession();
    world.passTime(31 * 24 * 60);
    await expect(world.sdk.refreshSession({ refreshToken })).rejects.toMatchObject(refused);
  });
});

describe("revoking", () => {
  test("one session leaves the others", async () => {
    const one = await newSession();
    const other = await newSession();
    await world.sdk.revokeSession({ accessToken: one.accessToken });
    await expect(world.sdk.validateSession({ accessToken: one.accessToken })).rejects.toMatchObject(refused);
    await expect(world.sdk.refreshSession({ refreshToken: one.refreshToken })).rejects.toMatchObject(refused);
    await expect(world.sdk.revokeSession({ accessToken: one.accessToken })).rejects.toMatchObject(refused);
    await world.sdk.validateSession({ accessToken: other.accessToken });
  });

  test("all of a user leaves none, and the signature still verifies", async () => {
    const sessions = [await newSession(), await newSession()];
    await world.sdk.revokeUserSessions({ userId: alice.sub });
    for (const { accessToken } of sessions) {
      await expect(world.sdk.validateSession({ accessToken })).rejects.toMatchObject(refused);
    }
    const jwks = (await (await fetch(`${issuer()}/.well-known/jwks`)).json()) as { keys: [] }; // the documented shape
    await jwtVerify(sessions[0]?.accessToken ?? "", createLocalJWKSet(jwks));
  });
});

test("deleting the user ends the sessions too", async () => {
  const { accessToken, refreshToken } = await newSession();
  await world.sdk.deleteUser({ userId: alice.sub });
  await expect(world.sdk.validateSession({ accessToken })).rejects.toMatchObject(refused);
  await expect(world.sdk.refreshSession({ refreshToken })).rejects.toMatchObject(refused);
});

describe("a key rotation", () => {
  test("signs with the new key, and the one before still verifies", async () => {
    const before = await newSession();
    await steer(world, "POST", "keys/rotate", { kind: "sessions" });
    const after = await newSession();
    const keys = createRemoteJWKSet(new URL(`${issuer()}/.well-known/jwks`));
    const [old, fresh] = await Promise.all([
      jwtVerify(before.accessToken, keys),
      jwtVerify(after.accessToken, keys),
    ]);
    expect(old.protectedHeader.kid).not.toBe(fresh.protectedHeader.kid);
    await world.sdk.validateSession({ accessToken: before.accessToken });
  });

  test("a token signed by somebody else is no session", async () => {
    const other = await startWorld();
    const { challengeId } = await other.sdk.challenge({ userId: alice.sub });
    await other.sdk.verify({ challengeId, verificationCode: await newestCode(other, alice.email) });
    const { token } = await other.sdk.claimChallenge({ challengeId, userId: alice.sub });
    const { accessToken } = await other.sdk.createSession({ clientId: CLIENT_ID, token });
    await other.standIn.close();
    await expect(world.sdk.validateSession({ accessToken })).rejects.toMatchObject(refused);
  });
});
