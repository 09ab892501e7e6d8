import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import { ALICE, Browser, CALLBACK, CLIENT_ID, startPool } from "./pool.ts";

/** The stand-in is on plain HTTP. */
const INSECURE = { [oauth.allowInsecureRequests]: true };
const CLIENT: oauth.Client = { client_id: CLIENT_ID };

describe("the authorization code flow, driven by an independent client", () => {
  let pool: CognitoStandIn;
  let server: oauth.AuthorizationServer;

  beforeAll(async () => {
    pool = await startPool();
    const issuer = new URL(pool.issuer);
    const discovered = await oauth.discoveryRequest(issuer, INSECURE);
    server = await oauth.processDiscoveryResponse(issuer, discovered);
  });
  afterAll(() => pool.close());

  it("signs in with PKCE, state and nonce, refreshes, shows the user and revokes", async () => {
    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const nonce = oauth.generateRandomNonce();
    const params = new URLSearchParams({
      response_type: "code",
      client_id: CLIENT_ID,
      redirect_uri: CALLBACK,
      scope: "openid email profile",
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const browser = new Browser();
    const toLogin = await browser.authorize(pool, params);
    expect(toLogin.status).toBe(302);
    expect(toLogin.headers.get("Location")).toBe(`/login?${params.toString()}`);
    const back = await browser.login(pool, params);

    const callback = oauth.validateAuthResponse(
      server,
      CLIENT,
      new URL(back.headers.get("Location") ?? ""),
      state,
    );
    const answer = await oauth.authorizationCodeGrantRequest(
      server,
      CLIENT,
      oauth.None(),
      callback,
      CALLBACK,
      verifier,
      INSECURE,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, CLIENT, answer, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 3600 });
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    expect(claims).toMatchObject({
      sub: ALICE.sub,
      aud: CLIENT_ID,
      token_use: "id",
      email: "alice@example.com",
      email_verified: true,
      name: "Alice Archer",
      "cognito:username": "alice",
      "cognito:groups": ["staff", "tellers"],
    });

    const userInfo = await oauth.processUserInfoResponse(
      server,
      CLIENT,
      ALICE.sub,
      await oauth.userInfoRequest(server, CLIENT, tokens.access_token, INSECURE),
    );
    expect(userInfo).toMatchObject({ username: "alice", email: "alice@example.com", email_verified: "true" });

    const refreshToken = tokens.refresh_token ?? "";
    const refresh = (): Promise<Response> =>
      oauth.refreshTokenGrantRequest(server, CLIENT, oauth.None(), refreshToken, INSECURE);
    const refreshed = await oauth.processRefreshTokenResponse(server, CLIENT, await refresh());
    expect(refreshed.refresh_token).toBeUndefined();
    expect(oauth.getValidatedIdTokenClaims(refreshed)?.["origin_jti"]).toBe(claims?.["origin_jti"]);

    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, CLIENT, oauth.None(), refreshToken, INSECURE),
    );
    await expect(
      refresh().then((r) => oauth.processRefreshTokenResponse(server, CLIENT, r)),
    ).rejects.toMatchObject({
      error: "invalid_grant",
    });
    await expect(
      oauth
        .userInfoRequest(server, CLIENT, tokens.access_token, INSECURE)
        .then((r) => oauth.processUserInfoResponse(server, CLIENT, ALICE.sub, r)),
    ).rejects.toThrow();
  });
});
