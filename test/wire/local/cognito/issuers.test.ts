import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import { startPool, tokensFor } from "./pool.ts";

describe("the two issuer formats", () => {
  let pool: CognitoStandIn;
  beforeEach(async () => {
    pool = await startPool();
  });
  afterEach(() => pool.close());

  const set = (changes: object) =>
    fetch(`${pool.domain}/control/settings`, { method: "PATCH", body: JSON.stringify(changes) });
  const discovery = async (issuer: string): Promise<[number, unknown]> => {
    const response = await fetch(`${issuer}/.well-known/openid-configuration`);
    return [response.status, Object(await response.json()).issuer];
  };

  it("starts as ORIGINAL; the key set of the other answers 403", async () => {
    const { id_token } = await tokensFor(pool);
    expect(decodeJwt(id_token).iss).toBe(pool.issuer);
    expect((await fetch(`${pool.updatedIssuer}/.well-known/jwks.json`)).status).toBe(403);
    expect(await discovery(pool.issuer)).toEqual([200, pool.issuer]);
    expect((await discovery(pool.updatedIssuer))[0]).toBe(403);
  });

  it("switches to UPDATED on command, with the same keys", async () => {
    const before = await tokensFor(pool);
    await set({ issuerType: "UPDATED" });
    const after = await tokensFor(pool);
    expect(decodeJwt(after.access_token).iss).toBe(pool.updatedIssuer);
    expect(await discovery(pool.updatedIssuer)).toEqual([200, pool.updatedIssuer]);
    const keys = createRemoteJWKSet(new URL(`${pool.updatedIssuer}/.well-known/jwks.json`));
    await jwtVerify(after.access_token, keys, { issuer: pool.updatedIssuer });
    await jwtVerify(before.access_token, keys, { issuer: pool.issuer });
    const headers = { Authorization: `Bearer ${before.access_token}` };
    expect((await fetch(`${pool.domain}/oauth2/userInfo`, { headers })).status).toBe(200);
  });

  it("writes the real host names on command, and serves the keys here", async () => {
    await set({ issuerNames: "amazon" });
    const original = decodeJwt((await tokensFor(pool)).id_token).iss;
    expect(original).toBe("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Sallyport1");
    await set({ issuerType: "UPDATED" });
    const { id_token } = await tokensFor(pool);
    const issuer = "https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_Sallyport1";
    await jwtVerify(id_token, createRemoteJWKSet(new URL(pool.jwks)), { issuer });
  });

  it("adds acr and amr on command", async () => {
    expect(decodeJwt((await tokensFor(pool)).id_token)).not.toHaveProperty("acr");
    await set({ acrClaims: true });
    const { id_token, access_token } = await tokensFor(pool);
    for (const token of [id_token, access_token]) {
      expect(decodeJwt(token)).toMatchObject({ acr: "urn:cognito:loa:1", amr: ["pwd"] });
    }
  });
});
