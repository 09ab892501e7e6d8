import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../../workers/local/cognito/start.ts";
import {
  ALICE,
  answerOf,
  authorizeParams,
  Browser,
  callApi,
  CLIENT_ID,
  heldClock,
  postToken,
  startPool,
  tokensFor,
} from "../pool.ts";

interface Result {
  readonly AccessToken: string;
  readonly IdToken: string;
  readonly RefreshToken: string;
}

describe("the user pool API", () => {
  const clock = heldClock();
  let pool: CognitoStandIn;
  beforeAll(async () => {
    pool = await startPool({ now: clock.now });
  });
  afterAll(() => pool.close());

  const initiate = (
    AuthFlow: string,
    AuthParameters: unknown,
    ClientId = CLIENT_ID,
  ): ReturnType<typeof callApi> => callApi(pool, "InitiateAuth", { AuthFlow, ClientId, AuthParameters });
  const signIn = async (): Promise<Result> => {
    const { body } = await initiate("USER_PASSWORD_AUTH", {
      USERNAME: ALICE.username,
      PASSWORD: ALICE.password,
    });
    // The shape is what the first test checks.
    return body["AuthenticationResult"] as Result;
  };
  const refused = async (call: ReturnType<typeof callApi>): Promise<unknown[]> => {
    const { status, headers, body } = await call;
    expect(status).toBe(400);
    expect(headers.get("x-amzn-ErrorType")).toBe(body["__type"]);
    expect(headers.get("x-amzn-RequestId")).toMatch(/^[0-9a-f-]{36}$/);
    return [body["__type"], body["message"]];
  };

  it("signs in by password, with the API scope only", async () => {
    const { status, headers, body } = await initiate("USER_PASSWORD_AUTH", {
      USERNAME: ALICE.username,
      PASSWORD: ALICE.password,
    });
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toBe("application/x-amz-json-1.1");
    expect(headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(body).toMatchObject({
      ChallengeParameters: {},
      AuthenticationResult: { ExpiresIn: 3600, TokenType: "Bearer" },
    });
    const { AccessToken, IdToken } = await signIn();
    expect(decodeJwt(AccessToken)).toMatchObject({
      scope: "aws.cognito.signin.user.admin",
      token_use: "access",
    });
    const id = decodeJwt(IdToken);
    expect(id).toMatchObject({ token_use: "id", email: "alice@example.com", name: "Alice Archer" });
    expect(id).not.toHaveProperty("at_hash");
  });

  it("refreshes within the lineage and gives no new refresh token", async () => {
    const first = await signIn();
    clock.advanceSeconds(30);
    const { body } = await initiate("REFRESH_TOKEN_AUTH", { REFRESH_TOKEN: first.RefreshToken });
    expect(body["AuthenticationResult"]).not.toHaveProperty("RefreshToken");
    const before = decodeJwt(first.AccessToken);
    const after = decodeJwt(String(Object(body["AuthenticationResult"]).AccessToken));
    expect([after["auth_time"], after["origin_jti"]]).toEqual([before["auth_time"], before["origin_jti"]]);
  });

  it("tells sign-in and refresh failures apart by the documented messages", async () => {
    const password = (USERNAME: string, PASSWORD: string): ReturnType<typeof callApi> =>
      initiate("USER_PASSWORD_AUTH", { USERNAME, PASSWORD });
    const refresh = (REFRESH_TOKEN: string): ReturnType<typeof callApi> =>
      initiate("REFRESH_TOKEN_AUTH", { REFRESH_TOKEN });
    const wrong = ["NotAuthorizedException", "Incorrect username or password."];
    expect(await refused(password("alice", "wrong"))).toEqual(wrong);
    expect(await refused(password("nobody", "wrong"))).toEqual(wrong);
    expect(await refused(refresh("made-up"))).toEqual(["NotAuthorizedException", "Invalid Refresh Token."]);

    const { RefreshToken } = await signIn();
    await callApi(pool, "RevokeToken", { Token: RefreshToken, ClientId: CLIENT_ID });
    expect(await refused(refresh(RefreshToken))).toEqual([
      "NotAuthorizedException",
      "Refresh Token has been revoked",
    ]);
    const old = (await signIn()).RefreshToken;
    clock.advanceSeconds(30 * 86_400);
    expect(await refused(refresh(old))).toEqual(["NotAuthorizedException", "Refresh Token has expired"]);
  });

  it("shows the user to a living token with the API scope", async () => {
    const { AccessToken } = await signIn();
    const { body } = await callApi(pool, "GetUser", { AccessToken });
    expect(body["Username"]).toBe("alice");
    expect(body["UserAttributes"]).toContainEqual({ Name: "sub", Value: ALICE.sub });
    expect(body["UserAttributes"]).toContainEqual({ Name: "email_verified", Value: "true" });

    const narrow = await tokensFor(pool, { scope: "openid" });
    expect((await refused(callApi(pool, "GetUser", { AccessToken: narrow.access_token })))[0]).toBe(
      "NotAuthorizedException",
    );
    expect(await refused(callApi(pool, "GetUser", { AccessToken: "a.b.c" }))).toEqual([
      "NotAuthorizedException",
      "Invalid Access Token",
    ]);
    clock.advanceSeconds(3600);
    expect(await refused(callApi(pool, "GetUser", { AccessToken }))).toEqual([
      "NotAuthorizedException",
      "Access Token has expired",
    ]);
  });

  it("GlobalSignOut revokes every lineage of the user, and keeps managed login's cookie", async () => {
    const browser = new Browser();
    const web = await tokensFor(pool, {}, browser);
    const api = await signIn();
    expect((await callApi(pool, "GlobalSignOut", { AccessToken: api.AccessToken })).status).toBe(200);
    expect(await refused(callApi(pool, "GetUser", { AccessToken: api.AccessToken }))).toEqual([
      "NotAuthorizedException",
      "Access Token has been revoked",
    ]);
    expect(
      (await postToken(pool, { grant_type: "refresh_token", refresh_token: web.refresh_token })).status,
    ).toBe(400);
    const silent = await browser.authorize(pool, authorizeParams({ prompt: "none" }));
    expect(answerOf(silent).has("code")).toBe(true);
  });

  it("RevokeToken takes refresh tokens only, and unknown ones too", async () => {
    const { AccessToken } = await signIn();
    const revoke = (Token: string): ReturnType<typeof callApi> =>
      callApi(pool, "RevokeToken", { Token, ClientId: CLIENT_ID });
    expect((await refused(revoke(AccessToken)))[0]).toBe("UnsupportedTokenTypeException");
    expect((await revoke("never-issued")).body).toEqual({});
  });

  it.each([
    ["UnknownOperationException", "CreateUserPool", {}],
    ["MissingAuthenticationTokenException", "AdminUserGlobalSignOut", {}],
    ["SerializationException", "InitiateAuth", "not json"],
    ["InvalidParameterException", "InitiateAuth", {}],
    ["InvalidParameterException", "InitiateAuth", { AuthFlow: "USER_PASSWORD_AUTH", ClientId: CLIENT_ID }],
    ["InvalidParameterException", "InitiateAuth", { AuthFlow: "USER_SRP_AUTH", ClientId: CLIENT_ID }],
    [
      "ResourceNotFoundException",
      "InitiateAuth",
      { AuthFlow: "USER_PASSWORD_AUTH", ClientId: "jemand-änders\n" },
    ],
    ["InvalidParameterException", "GetUser", { AccessToken: 1 }],
    ["InvalidParameterException", "RevokeToken", []],
  ])("answers %s to %s %j", async (error, operation, input) => {
    expect((await refused(callApi(pool, operation, input)))[0]).toBe(error);
  });

  it("answers a preflight from any origin with the headers it asks for", async () => {
    const response = await fetch(pool.api, {
      method: "OPTIONS",
      headers: {
        Origin: "https://spa.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-amz-target",
      },
    });
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(response.headers.get("Access-Control-Allow-Headers")).toBe("content-type,x-amz-target");
  });
});
