import { generateKeyPairSync, randomBytes } from "node:crypto";
import { makeKeyring } from "../../src/http/keyring.ts";
import { parseSessionId, parseSub } from "../../src/identity/principal.ts";
import { sealSession, SESSION_COOKIE } from "../../src/identity/session-cookie.ts";
import { freePort } from "../../workers/local/free-port.ts";
import { startIssuer, SUB, type Issuer } from "./issuer.ts";
import { serveGateway, type GatewaySetup, type RunningGateway } from "./workerd.ts";

/** The gateway on bare workerd, in front of an origin of the test's own. */
export interface Edge extends RunningGateway {
  readonly port: number;
  /** The public origin. */
  readonly url: string;
  readonly issuer: Issuer;
  /** A `Cookie` pair of a managed sign-in just now. */
  sessionCookie(): Promise<string>;
}

/** How the edge differs from the usual: everything is public, and the origin is a URL. */
export interface EdgeOptions {
  readonly origin: string;
  readonly policy?: object;
  readonly settings?: Readonly<Record<string, string>>;
  readonly originService?: GatewaySetup["originService"];
  readonly zoneAddress?: string;
}

/** Lets everything through to the origin. */
export const OPEN_POLICY = { version: 1, default: { require: "nothing" }, routes: [] };

/** Starts an issuer and the gateway; nothing answers for Authsignal. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const issuer = await startIssuer();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const sessionSecret = randomBytes(32).toString("hex");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const running = await serveGateway({
    port,
    policy: options.policy ?? OPEN_POLICY,
    settings: {
      PUBLIC_ORIGINS: url,
      ORIGIN_URL: options.origin,
      COGNITO_ISSUER: issuer.issuer,
      COGNITO_JWKS_URL: issuer.jwksUrl,
      COGNITO_CLIENT_ID: issuer.clientId,
      COGNITO_DOMAIN: "http://cognito.localhost:1",
      AUTHSIGNAL_URL: "http://127.0.0.1:1/v1",
      AUTHSIGNAL_SECRET: "wire-secret",
      SESSION_SECRET: sessionSecret,
      ASSERTION_KEY: JSON.stringify(privateKey.export({ format: "jwk" })),
      ...options.settings,
    },
    ...(options.originService === undefined ? {} : { originService: options.originService }),
    ...(options.zoneAddress === undefined ? {} : { zoneAddress: options.zoneAddress }),
  });
  return {
    ...running,
    port,
    url,
    issuer,
    async sessionCookie() {
      const nowSeconds = Math.floor(Date.now() / 1000);
      const sub = parseSub(SUB);
      const session = parseSessionId(crypto.randomUUID());
      if (sub === undefined || session === undefined) {
        throw new Error("the test's own user is not one");
      }
      const value = await sealSession(await makeKeyring([sessionSecret]), {
        sub,
        session,
        username: "ada",
        email: undefined,
        groups: [],
        scopes: [],
        claims: {},
        authTimeSeconds: nowSeconds,
        expiresAtSeconds: nowSeconds + 3600,
      });
      return `${SESSION_COOKIE}=${value ?? ""}`;
    },
    async stop() {
      await Promise.all([running.stop(), issuer.close()]);
    },
  };
}
