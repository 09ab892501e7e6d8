import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** A user pool's keys, and tokens of any sign-in; its key endpoint can be down. Also the app: everything else is `ok`. */
export interface Pool {
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly appUrl: string;
  readonly clientId: string;
  token(sub: string, authTimeSeconds: number): Promise<string>;
  setDown(isDown: boolean): void;
  close(): Promise<void>;
}

const CLIENT_ID = "4s4llyp0rts0ak0000000000001";
const LIFE_SECONDS = 6 * 3600;

export async function startPool(): Promise<Pool> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const keys = JSON.stringify({
    keys: [{ ...(await exportJWK(publicKey)), kid: "soak", alg: "RS256", use: "sig" }],
  });
  let isDown = false;
  const server = createServer((request, response) => {
    if (request.url !== "/jwks.json") {
      response.end("ok");
    } else if (isDown) {
      request.socket.destroy();
    } else {
      response.setHeader("Content-Type", "application/json").end(keys);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address object.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    issuer: `${url}/pool`,
    jwksUrl: `${url}/jwks.json`,
    appUrl: url,
    clientId: CLIENT_ID,
    token(sub, authTimeSeconds) {
      const nowSeconds = Math.floor(Date.now() / 1000);
      return new SignJWT({
        token_use: "access",
        client_id: CLIENT_ID,
        username: "soak",
        auth_time: authTimeSeconds,
        origin_jti: randomUUID(),
        jti: randomUUID(),
        scope: "openid",
      })
        .setProtectedHeader({ alg: "RS256", kid: "soak" })
        .setIssuer(`${url}/pool`)
        .setSubject(sub)
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + LIFE_SECONDS)
        .sign(privateKey);
    },
    setDown: (next) => {
      isDown = next;
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
