import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import { startLambda } from "./lambda.ts";
import {
  authorizeParams,
  Browser,
  CALLBACK,
  callApi,
  CLIENT_ID,
  codeFor,
  pkce,
  postToken,
  startPool,
  tokensFor,
} from "./pool.ts";

const SECRET = "s3cretOfTheServerSideApp";
const SERVER_APP = "serverapp0client";
const MACHINE = "machine0client";
const IMPLICIT = "implicit0client";
const UNREVOCABLE = "unrevocable0client";

describe("app clients", () => {
  let pool: CognitoStandIn;
  beforeAll(async () => {
    const urls = { callbackUrls: [CALLBACK] };
    pool = await startPool({
      clients: [
        { clientId: SERVER_APP, clientSecret: SECRET, ...urls },
        {
          clientId: MACHINE,
          clientSecret: SECRET,
          oauthFlows: ["client_credentials"],
          scopes: ["bank/read"],
        },
        { clientId: IMPLICIT, oauthFlows: ["implicit"], ...urls },
        { clientId: UNREVOCABLE, tokenRevocation: false, ...urls },
      ],
    });
  });
  afterAll(() => pool.close());

  const basic = (id: string, secret: string) => ({
    Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
  });
  const outcome = async (response: Response): Promise<unknown[]> => {
    const body: unknown = await response.json();
    return [response.status, Object(body).error];
  };
  const redeem = (code: string, more: Record<string, string | undefined>, headers = {}) =>
    postToken(pool, { grant_type: "authorization_code", redirect_uri: CALLBACK, code, ...more }, headers);

  describe("with a secret", () => {
    it.each([
      ["Basic, named in the body too", { client_id: SERVER_APP }, basic(SERVER_APP, SECRET)],
      ["Basic alone", { client_id: undefined }, basic(SERVER_APP, SECRET)],
      ["in the body", { client_id: SERVER_APP, client_secret: SECRET }, {}],
    ])("proves it by %s", async (_what, params, headers) => {
      const code = await codeFor(pool, { client_id: SERVER_APP });
      expect((await redeem(code, params, headers)).status).toBe(200);
    });

    it.each([
      ["invalid_client", "no secret", { client_id: SERVER_APP }, {}],
      ["invalid_client", "a wrong secret", { client_id: SERVER_APP, client_secret: "x" }, {}],
      ["invalid_client", "a wrong secret by Basic", { client_id: undefined }, basic(SERVER_APP, "x")],
      ["invalid_client", "a scheme that is not Basic", {}, { Authorization: "Bearer x" }],
      ["invalid_client", "something that is not base64", {}, { Authorization: "Basic %%%" }],
      [
        "invalid_request",
        "two places",
        { client_id: undefined, client_secret: SECRET },
        basic(SERVER_APP, SECRET),
      ],
      ["invalid_request", "two names", { client_id: CLIENT_ID }, basic(SERVER_APP, SECRET)],
    ])("is refused with %s: %s", async (error, _what, params, headers) => {
      expect(await outcome(await redeem("c", params, headers))).toEqual([400, error]);
    });

    it("cannot redeem, refresh or revoke what belongs to another client", async () => {
      const mine = { client_id: SERVER_APP, client_secret: SECRET };
      expect(await outcome(await redeem(await codeFor(pool), mine))).toEqual([400, "invalid_grant"]);
      const { refresh_token } = await tokensFor(pool);
      const refresh = (more: object) =>
        postToken(pool, { grant_type: "refresh_token", refresh_token, ...more });
      expect(await outcome(await refresh(mine))).toEqual([400, "invalid_grant"]);
      const body = new URLSearchParams({ token: refresh_token, ...mine });
      expect((await fetch(`${pool.domain}/oauth2/revoke`, { method: "POST", body })).status).toBe(200);
      expect((await refresh({})).status).toBe(200);
    });

    it("answers 401 for invalid_client where the pool is set up so", async () => {
      const set = (invalidClientStatus: number) =>
        fetch(`${pool.domain}/control/settings`, {
          method: "PATCH",
          body: JSON.stringify({ invalidClientStatus }),
        });
      await set(401);
      expect(await outcome(await redeem("c", { client_id: SERVER_APP }))).toEqual([401, "invalid_client"]);
      await set(400);
    });
  });

  describe("client credentials", () => {
    const ask = (params: Record<string, string>, id = MACHINE) =>
      postToken(pool, { grant_type: "client_credentials", client_id: id, client_secret: SECRET, ...params });

    it("gives all custom scopes when none is named, and a token userInfo refuses", async () => {
      const body: unknown = await (await ask({})).json();
      const token = String(Object(body).access_token);
      expect(decodeJwt(token)["scope"]).toBe("bank/read");
      const headers = { Authorization: `Bearer ${token}` };
      expect((await fetch(`${pool.domain}/oauth2/userInfo`, { headers })).status).toBe(401);
    });

    it("passes aws_client_metadata to a V3 trigger, and calls no earlier one", async () => {
      const lambda = await startLambda({
        tokens: () => ({
          claimsAndScopeOverrideDetails: {
            accessTokenGeneration: { claimsToAddOrOverride: { env: "test" } },
          },
        }),
      });
      const aws_client_metadata = JSON.stringify({ env: "test" });
      pool.setTriggers({ preTokenGeneration: lambda.target("tokens", { version: "V2_0" as const }) });
      await ask({ aws_client_metadata });
      expect(lambda.events).toHaveLength(0);
      pool.setTriggers({ preTokenGeneration: lambda.target("tokens", { version: "V3_0" as const }) });
      const body: unknown = await (await ask({ aws_client_metadata })).json();
      expect(decodeJwt(String(Object(body).access_token))["env"]).toBe("test");
      expect(lambda.events[0]).toMatchObject({
        version: "3",
        triggerSource: "TokenGeneration_ClientCredentials",
        request: { scopes: ["bank/read"], clientMetadata: { env: "test" } },
      });
      pool.setTriggers({});
      await lambda.close();
      expect(await outcome(await ask({ aws_client_metadata: "{" }))).toEqual([400, "invalid_request"]);
    });
  });

  it("the implicit grant answers with tokens behind #, and no refresh token", async () => {
    const params = authorizeParams({ client_id: IMPLICIT, response_type: "token", nonce: "n-1" });
    const response = await new Browser().login(pool, params);
    const location = new URL(response.headers.get("Location") ?? "");
    expect(location.search).toBe("");
    const answer = new URLSearchParams(location.hash.slice(1));
    expect([...answer.keys()].toSorted()).toEqual([
      "access_token",
      "expires_in",
      "id_token",
      "state",
      "token_type",
    ]);
    expect(decodeJwt(answer.get("id_token") ?? "")).toMatchObject({ nonce: "n-1", aud: IMPLICIT });
    const byCode = await new Browser().authorize(pool, authorizeParams({ client_id: IMPLICIT }));
    expect(byCode.headers.get("Location")).toContain("error=unauthorized_client");
  });

  it("without token revocation, tokens have no origin_jti and no jti, and nothing can be revoked", async () => {
    const code = await codeFor(pool, { client_id: UNREVOCABLE });
    const body: unknown = await (await redeem(code, { client_id: UNREVOCABLE })).json();
    const { access_token, refresh_token } = Object(body);
    const claims = decodeJwt(String(access_token));
    expect(claims).not.toHaveProperty("origin_jti");
    expect(claims).not.toHaveProperty("jti");
    expect(claims["event_id"]).toBeDefined();
    const form = new URLSearchParams({ token: String(refresh_token), client_id: UNREVOCABLE });
    const revoked = await fetch(`${pool.domain}/oauth2/revoke`, { method: "POST", body: form });
    expect(await outcome(revoked)).toEqual([400, "invalid_request"]);
    const api = await callApi(pool, "RevokeToken", { Token: refresh_token, ClientId: UNREVOCABLE });
    expect(api.body["__type"]).toBe("UnsupportedOperationException");
  });

  it("a refresh may narrow its scopes, not widen them; or the parameter is ignored or refused", async () => {
    const { refresh_token } = await tokensFor(pool, { scope: "openid email" });
    const refresh = (scope: string) => postToken(pool, { grant_type: "refresh_token", refresh_token, scope });
    const scopeOf = async (response: Response) =>
      decodeJwt(String(Object(await response.json()).access_token))["scope"];
    expect(await scopeOf(await refresh("openid"))).toBe("openid");
    expect(await outcome(await refresh("openid profile"))).toEqual([400, "invalid_grant"]);
    const set = (refreshScope: string) =>
      fetch(`${pool.domain}/control/settings`, { method: "PATCH", body: JSON.stringify({ refreshScope }) });
    await set("ignore");
    expect(await scopeOf(await refresh("profile"))).toBe("openid email");
    await set("refuse");
    expect(await outcome(await refresh("openid"))).toEqual([400, "invalid_request"]);
    await set("narrow");
  });

  it("a verifier still counts for a client with a secret", async () => {
    const { challenge } = pkce();
    const changes = { client_id: SERVER_APP, code_challenge: challenge, code_challenge_method: "S256" };
    const code = await codeFor(pool, changes);
    const proof = { client_id: SERVER_APP, client_secret: SECRET };
    expect(await outcome(await redeem(code, proof))).toEqual([400, "invalid_grant"]);
  });
});
