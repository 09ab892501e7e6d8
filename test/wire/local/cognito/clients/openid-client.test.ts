import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../../workers/local/cognito/start.ts";
import { ALICE, Browser, CALLBACK, CLIENT_ID, startPool } from "../pool.ts";

const SECRET = "s3cretOfTheServerSideApp";
const SERVER_APP = "serverapp0client";
const MACHINE = "machine0client";

describe("openid-client", () => {
  let pool: CognitoStandIn;
  beforeAll(async () => {
    const shared = { clientSecret: SECRET, callbackUrls: [CALLBACK] };
    pool = await startPool({
      clients: [
        { clientId: SERVER_APP, ...shared, refreshTokenRotation: { retryGracePeriodSeconds: 0 } },
        {
          clientId: MACHINE,
          ...shared,
          oauthFlows: ["client_credentials"],
          scopes: ["bank/read", "bank/write"],
        },
      ],
    });
  });
  afterAll(() => pool.close());

  const discover = (id: string, auth: client.ClientAuth): Promise<client.Configuration> =>
    client.discovery(new URL(pool.issuer), id, undefined, auth, { execute: [client.allowInsecureRequests] });

  it.each([
    ["a public client", CLIENT_ID, client.None()],
    ["Basic authentication", SERVER_APP, client.ClientSecretBasic(SECRET)],
    ["the secret in the body", SERVER_APP, client.ClientSecretPost(SECRET)],
  ])("signs in, refreshes, reads the user and revokes: %s", async (_what, id, auth) => {
    const config = await discover(id, auth);
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    const start = client.buildAuthorizationUrl(config, {
      redirect_uri: CALLBACK,
      scope: "openid email",
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const back = await new Browser().login(pool, start.searchParams);
    const tokens = await client.authorizationCodeGrant(config, new URL(back.headers.get("Location") ?? ""), {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    expect(tokens.claims()).toMatchObject({ sub: ALICE.sub, aud: id });
    const user = await client.fetchUserInfo(config, tokens.access_token, ALICE.sub);
    expect(user).toMatchObject({ email: "alice@example.com", email_verified: "true" });
    const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(next.refresh_token !== undefined).toBe(id === SERVER_APP);
    await client.tokenRevocation(config, next.refresh_token ?? tokens.refresh_token ?? "");
    await expect(client.fetchUserInfo(config, next.access_token, ALICE.sub)).rejects.toThrow();
  });

  it("gets a machine's token with client credentials", async () => {
    const config = await discover(MACHINE, client.ClientSecretBasic(SECRET));
    const tokens = await client.clientCredentialsGrant(config, { scope: "bank/read" });
    expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 3600 });
    expect(tokens).not.toHaveProperty("refresh_token");
    expect(tokens).not.toHaveProperty("id_token");
    const claims: unknown = JSON.parse(
      Buffer.from(tokens.access_token.split(".")[1] ?? "", "base64url").toString(),
    );
    expect(claims).toMatchObject({
      sub: MACHINE,
      client_id: MACHINE,
      scope: "bank/read",
      token_use: "access",
    });
    expect(claims).not.toHaveProperty("username");
    expect(claims).not.toHaveProperty("origin_jti");
  });

  it.each(["bank/admin", "openid"])("is refused the scope %s for a machine", async (scope) => {
    const config = await discover(MACHINE, client.ClientSecretBasic(SECRET));
    await expect(client.clientCredentialsGrant(config, { scope })).rejects.toMatchObject({
      error: "invalid_scope",
    });
  });

  it("is refused with a wrong secret, and where the grant is not for the client", async () => {
    const wrong = await discover(MACHINE, client.ClientSecretPost("guessed"));
    await expect(client.clientCredentialsGrant(wrong)).rejects.toMatchObject({ error: "invalid_client" });
    const app = await discover(SERVER_APP, client.ClientSecretPost(SECRET));
    await expect(client.clientCredentialsGrant(app)).rejects.toMatchObject({ error: "unauthorized_client" });
  });
});
