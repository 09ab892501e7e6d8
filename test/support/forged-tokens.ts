import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type JWTHeaderParameters } from "jose";

/** What a key endpoint does when it is asked. */
export type KeyAnswer =
  | { readonly kind: "keys" }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "hang" }
  | { readonly kind: "text"; readonly text: string };

/** An issuer of one's own: its key signs whatever a test wants, and is published over HTTP. */
export interface Issuer {
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** How often the keys were asked for. */
  readonly asked: () => number;
  answerWith(answer: KeyAnswer): void;
  sign(claims: Readonly<Record<string, unknown>>, header?: Partial<JWTHeaderParameters>): Promise<string>;
  close(): Promise<void>;
}

export const CLIENT_ID = "forged0client0id";
export const SUB = "f0f0f0f0-5a11-4b0f-8000-00000000000f";

/** Starts an issuer with one RSA key on a free port. */
export async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const kid = "own-key-1";
  const document = JSON.stringify({
    keys: [{ ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" }],
  });
  let answer: KeyAnswer = { kind: "keys" };
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    switch (answer.kind) {
      case "keys":
        response.setHeader("Content-Type", "application/json").end(document);
        break;
      case "status":
        response.writeHead(answer.status).end("{}");
        break;
      case "text":
        response.end(answer.text);
        break;
      case "hang":
        break;
    }
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
    kid,
    privateKey,
    asked: () => asked,
    answerWith: (next) => {
      answer = next;
    },
    sign: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid, ...header }).sign(privateKey),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The claims of a good access token; `undefined` takes one away. */
export function accessClaims(
  issuer: string,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: issuer,
    sub: SUB,
    client_id: CLIENT_ID,
    token_use: "access",
    username: "forged",
    scope: "openid",
    origin_jti: "0a1b2c3d-0000-4000-8000-000000000001",
    jti: "0a1b2c3d-0000-4000-8000-000000000002",
    auth_time: now - 10,
    iat: now - 10,
    exp: now + 3600,
    ...changes,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}
