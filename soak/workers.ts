import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";
import { buildBundles, runWorkers, type RunningWorkers } from "../workers/local/miniflare.ts";
import type { Pool } from "./pool.ts";

/** Both Workers, which can be killed and started again on the same disk. */
export interface SoakWorkers {
  readonly gatewayUrl: string;
  /** Where events are delivered, now. */
  readonly webhooksUrl: () => string;
  readonly secret: string;
  /** How often the ledger said that it applied each effect, by its id. */
  readonly applied: ReadonlyMap<string, number>;
  pushPolicy(text: string): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

const WEBHOOK_PATH = "/webhooks/authsignal";
export const REACTION = "soak";
export const LOG_REACTION = "soak-log";

/** Revokes and alerts for a deleted authenticator, alerts for a log record. */
export const POLICY = JSON.stringify({
  version: 1,
  default: { require: "sign-in" },
  routes: [],
  reactions: [
    { id: REACTION, on: ["authenticator.deleted"], do: ["revoke-user", "alert"] },
    { id: LOG_REACTION, on: ["challenge.log_created"], do: ["end-grants", "alert"] },
  ],
});

export async function startWorkers(pool: Pool, alertUrl: string, stateFolder: string): Promise<SoakWorkers> {
  const secret = randomBytes(24).toString("hex");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const gatewayPort = await freePort();
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
  const bundles = await buildBundles();
  const applied = new Map<string, number>();
  const sessionSecret = randomBytes(32).toString("hex");

  function start(): Promise<RunningWorkers> {
    return runWorkers({
      gatewayPort,
      gateway: {
        PUBLIC_ORIGINS: gatewayUrl,
        ORIGIN_URL: pool.appUrl,
        COGNITO_ISSUER: pool.issuer,
        COGNITO_JWKS_URL: pool.jwksUrl,
        COGNITO_CLIENT_ID: pool.clientId,
        COGNITO_DOMAIN: "http://cognito.localhost:1",
        AUTHSIGNAL_URL: "http://127.0.0.1:1/v1",
        AUTHSIGNAL_SECRET: secret,
        SESSION_SECRET: sessionSecret,
        ASSERTION_KEY: JSON.stringify(privateKey.export({ format: "jwk" })),
        STALENESS_SECONDS: "0",
      },
      webhooks: { AUTHSIGNAL_SECRET: secret, ALERT_URL: alertUrl },
      policy: POLICY,
      onLog: note,
      stateFolder,
      bundles,
    });
  }

  function note(line: string): void {
    if (line.includes('"event":"revoked"')) {
      // The Workers' own record, one JSON object a line.
      const { requestId, reason } = JSON.parse(line) as { requestId: string; reason: string };
      const effect = `${requestId} ${reason}`;
      applied.set(effect, (applied.get(effect) ?? 0) + 1);
    }
  }

  let running = await start();
  let ready: Promise<unknown> = Promise.resolve();
  return {
    gatewayUrl,
    webhooksUrl: () => running.webhooksUrl + WEBHOOK_PATH,
    secret,
    applied,
    async pushPolicy(text) {
      await ready;
      await running.policies.put("policy", text);
    },
    async restart() {
      const again = running.close().then(start);
      ready = again;
      running = await again;
    },
    async close() {
      await ready;
      await running.close();
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      // A server that listens on TCP has an address object.
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
