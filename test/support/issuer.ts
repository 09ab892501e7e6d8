import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** A token issuer with one key, shaped like a Cognito user pool's. */
export interface Issuer {
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly clientId: string;
  /** An access token of a user who signed in just now; it lives an hour unless told otherwise. */
  token(sub?: string, lifeSeconds?: number): Promise<string>;
  close(): Promise<void>;
}

const CLIENT_ID = "4s4llyp0rtw1r3cl13nt000001";

/** The user that tokens name unless told otherwise. */
export const SUB = "6b0c1a52-7f3e-4d18-9a51-2f6c0d9e8b71";

/** Starts an issuer on a free port. */
export async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwks = JSON.stringify({
    keys: [{ ...(await exportJWK(publicKey)), kid: "wire", alg: "RS256", use: "sig" }],
  });
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(jwks);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}/pool`;
  return {
    issuer,
    jwksUrl: `${issuer}/.well-known/jwks.json`,
    clientId: CLIENT_ID,
    token: (sub = SUB, lifeSeconds = 3600) => {
      const nowSeconds = Math.floor(Date.now() / 1000);
      return new SignJWT({
        token_use: "access",
        client_id: CLIENT_ID,
        username: "ada",
        auth_time: nowSeconds,
        origin_jti: crypto.randomUUID(),
        jti: crypto.randomUUID(),
        scope: "openid",
      })
        .setProtectedHeader({ alg: "RS256", kid: "wire" })
        .setIssuer(issuer)
        .setSubject(sub)
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + lifeSeconds)
        .sign(privateKey);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
