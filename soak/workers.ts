import { generateKeyPairSync, randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { dirname } from "node:path";
import { buildBundles, runWorkers, type RunningWorkers } from "../workers/local/miniflare.ts";
import { buildFaulty } from "./faulty/build.ts";
import { noteOf, type Note } from "./faulty/notes.ts";
import { CONTROL_PATH, STORE_DOWN_SETTING, type ControlWord } from "./faulty/worker.ts";
import type { OutsideServices } from "./outside.ts";
import { POLICY } from "./policy.ts";
import type { Pool } from "./pool.ts";

/** Both Workers, which can be killed and started again on the same disk. */
export interface SoakWorkers {
  readonly gatewayUrl: string;
  /** Where events are delivered, now. */
  readonly webhooksUrl: () => string;
  readonly secret: string;
  /** How often the ledger said that it applied each effect, by its id. */
  readonly applied: ReadonlyMap<string, number>;
  /** How many messages the queue holds. */
  openMessages(): Promise<number>;
  pushPolicy(text: string): Promise<void>;
  /** Changes what fails of the webhook Worker's bindings. */
  tell(word: ControlWord): Promise<void>;
  /** @param isPolicyStoreDown whether the webhook Worker cannot read the policy when it starts. */
  restart(isPolicyStoreDown: boolean): Promise<void>;
  close(): Promise<void>;
}

const WEBHOOK_PATH = "/webhooks/authsignal";

const AWS = { AWS_ACCESS_KEY_ID: "AKIASOAK", AWS_SECRET_ACCESS_KEY: "soak" };

/** @param onNote hears what the webhook Worker's faulty bindings say. */
export async function startWorkers(
  pool: Pool,
  { alerts, pool: poolApi, authsignal }: OutsideServices,
  stateFolder: string,
  onNote: (note: Note) => void,
): Promise<SoakWorkers> {
  const secret = randomBytes(24).toString("hex");
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const gatewayPort = await freePort();
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
  const [gateway, webhooks] = await buildBundles();
  if (gateway === undefined || webhooks === undefined) {
    throw new Error("there are two Workers");
  }
  const faulty = await buildFaulty(webhooks.path);
  const bundles = [gateway, { path: faulty }];
  const applied = new Map<string, number>();
  const sessionSecret = randomBytes(32).toString("hex");

  function start(isFirst: boolean, isPolicyStoreDown: boolean): Promise<RunningWorkers> {
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
      webhooks: {
        AUTHSIGNAL_SECRET: secret,
        AUTHSIGNAL_URL: `${authsignal.url}/v1`,
        ALERT_URL: `${alerts.url}/alerts`,
        COGNITO_ISSUER: pool.issuer,
        COGNITO_API_URL: poolApi.url,
        ...AWS,
        [STORE_DOWN_SETTING]: String(isPolicyStoreDown),
      },
      // It stays on disk.
      policy: isFirst ? POLICY : undefined,
      onLog,
      stateFolder,
      bundles,
    });
  }

  function onLog(line: string): void {
    const note = noteOf(line);
    if (note !== undefined) {
      onNote(note);
    } else if (line.includes('"event":"revoked"')) {
      // The Workers' own record, one JSON object a line.
      const { requestId, reason } = JSON.parse(line) as { requestId: string; reason: string };
      const effect = `${requestId} ${reason}`;
      applied.set(effect, (applied.get(effect) ?? 0) + 1);
    }
  }

  const control = async (init?: RequestInit) => {
    const answer = await fetch(running.webhooksUrl + CONTROL_PATH, init);
    return (await answer.json()) as { readonly open: number };
  };

  let running = await start(true, false);
  let ready: Promise<unknown> = Promise.resolve();
  return {
    gatewayUrl,
    webhooksUrl: () => running.webhooksUrl + WEBHOOK_PATH,
    secret,
    applied,
    openMessages: async () => (await control()).open,
    async pushPolicy(text) {
      await ready;
      await running.policies.put("policy", text);
    },
    async tell(word) {
      await control({ method: "PUT", body: word });
    },
    async restart(isPolicyStoreDown) {
      const again = running.close().then(() => start(false, isPolicyStoreDown));
      ready = again;
      running = await again;
    },
    async close() {
      await ready;
      await running.close();
      await rm(dirname(faulty), { recursive: true });
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
