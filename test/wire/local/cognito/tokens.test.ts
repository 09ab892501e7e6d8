import { createHash } from "node:crypto";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import {
  ALICE,
  answerOf,
  authorizeParams,
  Browser,
  CALLBACK,
  callApi,
  CLIENT_ID,
  heldClock,
  postToken,
  startPool,
  tokensFor,
} from "./pool.ts";

describe("tokens", () => {
  const clock = heldClock();
  let pool: CognitoStandIn;
  beforeAll(async () => {
    pool = await startPool({ now: clock.now, accessTokenSeconds: 300, idTokenSeconds: 600 });
  });
  afterAll(() => pool.close());

  it("are signed by two different published keys", async () => {
    const { access_token, id_token } = await tokensFor(pool);
    const keys = createRemoteJWKSet(new URL(pool.jwks));
    const access = await jwtVerify(access_token, keys, { issuer: pool.issuer });
    const id = await jwtVerify(id_token, keys, { issuer: pool.issuer, audience: CLIENT_ID });
    expect(access.protectedHeader).toEqual({ kid: access.protectedHeader.kid, alg: "RS256" });
    expect(access.protectedHeader.kid).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(id.protectedHeader.kid).not.toBe(access.protectedHeader.kid);
  });

  it("carry the documented access claims and nothing of the person", async () => {
    const { access_token, expires_in } = await tokensFor(pool, { scope: "openid profile" });
    const now = Math.floor(clock.now() / 1000);
    const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(decodeJwt(access_token)).toEqual({
      sub: ALICE.sub,
      iss: pool.issuer,
      client_id: CLIENT_ID,
      token_use: "access",
      scope: "openid profile",
      version: 2,
      username: "alice",
      "cognito:groups": ["staff", "tellers"],
      auth_time: now,
      iat: now,
      exp: now + 300,
      jti: uuid,
      origin_jti: uuid,
      event_id: uuid,
    });
    expect(expires_in).toBe(300);
  });

  it("carry the documented ID claims, at_hash and nonce included", async () => {
    const { access_token, id_token } = await tokensFor(pool, { nonce: "n-1" });
    const claims = decodeJwt(id_token);
    const half = createHash("sha256").update(access_token).digest().subarray(0, 16).toString("base64url");
    expect(claims).toMatchObject({ token_use: "id", aud: CLIENT_ID, nonce: "n-1", at_hash: half });
    expect(claims.exp).toBe(Math.floor(clock.now() / 1000) + 600);
    expect(claims).not.toHaveProperty("client_id");
    expect(claims["origin_jti"]).toBe(decodeJwt(access_token)["origin_jti"]);
    expect(claims.jti).not.toBe(decodeJwt(access_token).jti);
  });

  it("show attributes by scope", async () => {
    const email = decodeJwt((await tokensFor(pool, { scope: "openid email" })).id_token);
    expect(email).toHaveProperty("email");
    expect(email).not.toHaveProperty("name");
    const all = decodeJwt((await tokensFor(pool, { scope: "openid" })).id_token);
    expect(all).toMatchObject({ email: "alice@example.com", email_verified: true, name: "Alice Archer" });
  });

  it("leave groups out for a user who has none", async () => {
    const { body } = await callApi(pool, "InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: CLIENT_ID,
      AuthParameters: { USERNAME: "bob", PASSWORD: "Correct-Horse-2" },
    });
    expect(JSON.stringify(decodeJwt(String(Object(body["AuthenticationResult"]).AccessToken)))).not.toContain(
      "groups",
    );
  });

  it("give no ID token without openid", async () => {
    const tokens = await tokensFor(pool, { scope: "email" });
    expect(tokens).not.toHaveProperty("id_token");
    expect(decodeProtectedHeader(tokens.access_token).alg).toBe("RS256");
  });

  it("keep auth_time, origin_jti and event_id over a refresh, with new jti and no nonce", async () => {
    const first = await tokensFor(pool, { nonce: "n-2" });
    clock.advanceSeconds(120);
    const response = await postToken(pool, {
      grant_type: "refresh_token",
      refresh_token: first.refresh_token,
    });
    const second: unknown = await response.json();
    expect(second).not.toHaveProperty("refresh_token");
    const before = decodeJwt(first.access_token);
    const after = decodeJwt(String(Object(second).access_token));
    for (const kept of ["auth_time", "origin_jti", "event_id", "sub", "scope"]) {
      expect(after[kept]).toEqual(before[kept]);
    }
    expect(after.jti).not.toBe(before.jti);
    expect(after.iat).toBe((before.iat ?? 0) + 120);
    expect(decodeJwt(String(Object(second).id_token))).not.toHaveProperty("nonce");
  });

  it("keep the first auth_time in a silent sign-in of the same browser, as a lineage of its own", async () => {
    const browser = new Browser();
    const first = decodeJwt((await tokensFor(pool, {}, browser)).access_token);
    clock.advanceSeconds(60);
    const silent = answerOf(await browser.authorize(pool, authorizeParams()));
    const code = silent.get("code") ?? "";
    const response = await postToken(pool, {
      grant_type: "authorization_code",
      code,
      redirect_uri: CALLBACK,
    });
    const second = decodeJwt(String(Object(await response.json()).access_token));
    expect(second["auth_time"]).toBe(first["auth_time"]);
    expect(second.iat).toBe((first.iat ?? 0) + 60);
    expect(second["origin_jti"]).not.toBe(first["origin_jti"]);
  });

  it("have a new auth_time after prompt=login", async () => {
    const browser = new Browser();
    const first = decodeJwt((await tokensFor(pool, {}, browser)).access_token);
    clock.advanceSeconds(60);
    const second = decodeJwt((await tokensFor(pool, { prompt: "login" }, browser)).access_token);
    expect(second["auth_time"]).toBe(Number(first["auth_time"]) + 60);
  });

  it("take the requested resource as the access token's audience", async () => {
    const resource = "https://api.example.com/v1";
    const { access_token } = await tokensFor(pool, { resource });
    expect(decodeJwt(access_token).aud).toBe(resource);
  });
});
