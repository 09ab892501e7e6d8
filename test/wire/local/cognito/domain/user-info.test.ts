import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../../workers/local/cognito/start.ts";
import { ALICE, callApi, CLIENT_ID, heldClock, startPool, tokensFor } from "../pool.ts";

describe("/oauth2/userInfo", () => {
  const clock = heldClock();
  let pool: CognitoStandIn;
  beforeAll(async () => {
    pool = await startPool({ now: clock.now });
  });
  afterAll(() => pool.close());

  const ask = (token: string | undefined, method = "GET"): Promise<Response> =>
    fetch(`${pool.domain}/oauth2/userInfo`, {
      method,
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    });

  it("gives attributes with flags as strings and without groups, to GET and POST", async () => {
    const { access_token } = await tokensFor(pool, { scope: "openid email profile" });
    for (const method of ["GET", "POST"]) {
      expect(await (await ask(access_token, method)).json()).toEqual({
        sub: ALICE.sub,
        username: "alice",
        email: "alice@example.com",
        email_verified: "true",
        name: "Alice Archer",
      });
    }
  });

  it("answers 401 invalid_token once the lineage is revoked", async () => {
    const { access_token, refresh_token } = await tokensFor(pool);
    expect((await ask(access_token)).status).toBe(200);
    const body = new URLSearchParams({ token: refresh_token, client_id: CLIENT_ID });
    await fetch(`${pool.domain}/oauth2/revoke`, { method: "POST", body });
    const response = await ask(access_token);
    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toMatch(
      /^error="invalid_token", error_description="[^"]+"$/,
    );
  });

  it("refuses expired tokens, ID tokens, tokens without openid, API tokens and nonsense", async () => {
    const { access_token, id_token } = await tokensFor(pool);
    const narrow = await tokensFor(pool, { scope: "email" });
    const api = await callApi(pool, "InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: CLIENT_ID,
      AuthParameters: { USERNAME: ALICE.username, PASSWORD: ALICE.password },
    });
    const apiToken = String(Object(api.body["AuthenticationResult"]).AccessToken);
    for (const token of [id_token, narrow.access_token, apiToken, "nonsense", "a.b.c"]) {
      expect((await ask(token)).status).toBe(401);
    }
    clock.advanceSeconds(3600);
    expect((await ask(access_token)).status).toBe(401);
  });

  it("answers 400 invalid_request without a bearer token", async () => {
    const response = await ask(undefined);
    expect(response.status).toBe(400);
    expect(response.headers.get("WWW-Authenticate")).toContain('error="invalid_request"');
  });
});
