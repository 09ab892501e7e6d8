import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parsePolicy } from "../../src/policy/parse.ts";
import { parseConfig as parseGatewayConfig } from "../gateway/config.ts";
import { parseConfig as parseWebhooksConfig } from "../webhooks/config.ts";
import { startAlerts } from "./alerts/start.ts";
import { startAuthsignal, type AuthsignalStandIn } from "./authsignal/start.ts";
import { startBank, type Bank } from "./bank/start.ts";
import { startCognito, type CognitoStandIn } from "./cognito/start.ts";
import { StartProblem } from "./failures.ts";
import type { Faults } from "./fault-flags.ts";
import { freePort } from "./free-port.ts";
import {
  startLocalTriggers,
  TRIGGER_CLIENTS,
  TRIGGER_CLIENT_OPTIONS,
  type LocalTriggers,
  type PageSignIn,
} from "./lambda/local-triggers.ts";
import { POLICY_KEY, runWorkers, type RunningWorkers, type Settings } from "./miniflare.ts";
import { startPolicyStore } from "./policy-store.ts";
import { SEED_USERS } from "./seed.ts";
import { pageOf, pageSettings, refuseBadSettings, settingsOf, webhookSettingsOf } from "./world-settings.ts";

export interface WorldOptions {
  /** The gateway's port; 0: any free port for everything. */
  readonly port: number;
  /** An app of one's own instead of the bank. */
  readonly origin?: string | undefined;
  /** A policy file to push over the bundled one. */
  readonly policyFile?: string | undefined;
  /** Settings of either Worker that replace what the world would set. */
  readonly vars?: Settings;
  readonly onLog?: ((line: string) => void) | undefined;
  /** Milliseconds between the tries of a webhook; the real service waits half a minute. */
  readonly webhookRetryDelayMs?: number;
  /** Where the stand-ins keep what they know between runs; in memory alone when absent. */
  readonly stateFolder?: string | undefined;
  /** JSON files that the stand-ins begin with. */
  readonly authsignalSeed?: string | undefined;
  readonly cognitoSeed?: string | undefined;
  /** How the stand-ins misbehave from the start. */
  readonly faults?: Faults;
  /** Whether the pool calls the bundles of `dist/lambda`, and has app clients that sign in through them. */
  readonly triggers?: boolean;
  /** Whether people sign in on the gateway's own page, through the triggers, instead of managed login. */
  readonly signIn?: PageSignIn["flow"] | undefined;
}

/** The whole local world: both Workers, the stand-ins, the bank and the alerts sink. */
export interface World {
  /** As programs reach it. */
  readonly gatewayUrl: string;
  /** As browsers reach it: another site than the stand-ins, as in production. */
  readonly appUrl: string;
  readonly webhooksUrl: string;
  readonly alertsUrl: string;
  readonly originUrl: string;
  /** Where `sallyport policy push --local` puts policies. */
  readonly policiesUrl: string;
  readonly clientId: string;
  readonly userPoolId: string;
  readonly authsignalSecret: string;
  /** The service key of the admin endpoints. */
  readonly adminKey: string;
  readonly authsignal: AuthsignalStandIn;
  readonly cognito: CognitoStandIn;
  /** Absent with `origin`. */
  readonly bank: Bank | undefined;
  /** Absent unless asked for. */
  readonly triggers: LocalTriggers | undefined;
  pushPolicy(text: string): Promise<void>;
  /** Runs the webhook Worker's catch-up job, as its clock would. */
  runScheduled(): Promise<void>;
  close(): Promise<void>;
}

const USER_POOL_ID = "us-east-1_Sallyport";
const CLIENT_ID = "4s4llyp0rtd3m0cl13nt1d0001";
const TENANT_ID = "sallyport-local";
const WEBHOOK_PATH = "/webhooks/authsignal";
/** Log records come late here too, but nobody at a desk waits for the quarter of an hour of the real service. */
const LOG_DELAY_MS = 5_000;

/** Ports beside the gateway's, so that bookmarks survive a restart: alerts, Authsignal, Cognito, bank, policies, triggers. */
const PORT_OFFSETS = { authsignal: 1, cognito: 2, bank: 3, alerts: 4, policies: 5, triggers: 6 } as const;

/**
 * Starts everything, in the order in which one thing needs another's address.
 *
 * @throws Node's `EADDRINUSE` when a port is taken; whatever had started is closed again.
 */
export async function startWorld(options: WorldOptions): Promise<World> {
  const started: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    started.push(part);
    return part;
  };
  const close = async () => {
    await Promise.all(started.map((part) => part.close()));
  };
  const portOf = (part: keyof typeof PORT_OFFSETS) =>
    options.port === 0 ? 0 : options.port + PORT_OFFSETS[part];
  const vars = options.vars ?? {};
  const hasTriggers = options.triggers === true || options.signIn !== undefined;
  try {
    const authsignalSecret = vars["AUTHSIGNAL_SECRET"] ?? (await secretOf(options.stateFolder));
    const clientId = vars["COGNITO_CLIENT_ID"] ?? CLIENT_ID;
    const [authsignal, cognito, bank, alerts] = await allStarted([
      startAuthsignal({
        port: portOf("authsignal"),
        secretKey: authsignalSecret,
        tenantId: TENANT_ID,
        users: SEED_USERS,
        logDelayMs: LOG_DELAY_MS,
        faults: options.faults?.authsignal.faults ?? [],
        clockShiftMs: (options.faults?.authsignal.clockShiftSeconds ?? 0) * 1000,
        ...given("webhookRetryDelayMs", options.webhookRetryDelayMs),
        ...given("stateFolder", folderOf(options.stateFolder, "authsignal")),
        ...given("seedFile", options.authsignalSeed),
      }).then(keep),
      startCognito({
        port: portOf("cognito"),
        users: SEED_USERS,
        userPoolId: USER_POOL_ID,
        clientId,
        callbackUrls: [],
        logoutUrls: [],
        clients: hasTriggers ? TRIGGER_CLIENT_OPTIONS : [],
        faults: options.faults?.cognito.faults ?? [],
        clockShiftSeconds: options.faults?.cognito.clockShiftSeconds ?? 0,
        ...given("stateFolder", folderOf(options.stateFolder, "cognito")),
        ...given("seedFile", options.cognitoSeed),
      }).then(keep),
      options.origin === undefined ? startBank({ port: portOf("bank") }).then(keep) : undefined,
      startAlerts({ port: portOf("alerts") }).then(keep),
    ]);
    keep(rotateLater(options.faults?.authsignal.rotateKeysAfterSeconds, () => authsignal.rotateSecretKey()));
    keep(rotateLater(options.faults?.cognito.rotateKeysAfterSeconds, () => cognito.rotateKeys()));
    const gatewayPort = options.port === 0 ? await freePort() : options.port;
    const triggers = hasTriggers
      ? keep(
          await startLocalTriggers({
            port: portOf("triggers"),
            authsignal,
            authsignalSecret,
            page: pageOf(options.signIn, gatewayPort),
            onLog: options.onLog,
          }),
        )
      : undefined;
    if (triggers !== undefined) {
      cognito.setTriggers(triggers.triggers);
      // A pool that keeps its state must not call, the next time, what is not there then.
      keep({ close: async () => cognito.setTriggers({}) });
    }
    const originUrl = options.origin ?? bank?.url ?? "";
    const policy = options.policyFile === undefined ? undefined : await readPolicy(options.policyFile);
    const publicOrigins = [
      `http://app.localhost:${gatewayPort}`,
      `http://127.0.0.1:${gatewayPort}`,
      `http://localhost:${gatewayPort}`,
    ];
    const parts = { publicOrigins, originUrl, clientId, authsignalSecret, authsignal, cognito };
    const others = triggers === undefined ? [] : Object.values(TRIGGER_CLIENTS);
    const adminKey = vars["ADMIN_KEY"] ?? `local-${randomBytes(24).toString("hex")}`;
    const gateway = {
      ...settingsOf(parts),
      COGNITO_OTHER_CLIENT_IDS: others.join(","),
      ADMIN_KEY: adminKey,
      ...pageSettings(options, parts, triggers),
      ...vars,
    };
    const webhooks = {
      ...webhookSettingsOf({ clientId, authsignalSecret, authsignal, cognito }),
      ADMIN_KEY: adminKey,
      ALERT_URL: alerts.url,
      ...vars,
    };
    refuseBadSettings(parseGatewayConfig(gateway));
    refuseBadSettings(parseWebhooksConfig(webhooks));
    const running: RunningWorkers = keep(
      await runWorkers({ gatewayPort, gateway, webhooks, policy, onLog: options.onLog ?? (() => undefined) }),
    );
    const store = keep(await startPolicyStore({ port: portOf("policies"), policies: running.policies }));
    authsignal.setWebhookUrl(running.webhooksUrl + WEBHOOK_PATH);
    authsignal.setLogWebhookUrl(running.webhooksUrl + WEBHOOK_PATH);
    cognito.setUrls(
      publicOrigins.map((origin) => `${origin}/.sallyport/callback`),
      publicOrigins.map((origin) => `${origin}/.sallyport/signed-out`),
    );
    return {
      gatewayUrl: `http://127.0.0.1:${gatewayPort}`,
      appUrl: `http://app.localhost:${gatewayPort}`,
      webhooksUrl: running.webhooksUrl + WEBHOOK_PATH,
      alertsUrl: alerts.url,
      originUrl,
      policiesUrl: store.url,
      clientId,
      userPoolId: USER_POOL_ID,
      authsignalSecret,
      adminKey,
      authsignal,
      cognito,
      bank,
      triggers,
      pushPolicy: (text) => running.policies.put(POLICY_KEY, text),
      runScheduled: () => running.runScheduled(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Makes new keys current once, so long from now; never when no time is given. */
function rotateLater(afterSeconds: number | undefined, rotate: () => unknown): { close(): Promise<void> } {
  const timer = afterSeconds === undefined ? undefined : setTimeout(rotate, afterSeconds * 1000);
  return { close: async () => clearTimeout(timer) };
}

/** Like `Promise.all`, but waits for each: when one cannot start, the others must be known before they can be closed. */
async function allStarted<T extends readonly unknown[] | []>(
  starting: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(starting);
  return Promise.all(starting);
}

/** A member that is there only when it has a value (`exactOptionalPropertyTypes`). */
function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  // A computed name widens to an index signature; it is exactly this one.
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };
}

function folderOf(stateFolder: string | undefined, part: string): string | undefined {
  return stateFolder === undefined ? undefined : join(stateFolder, part);
}

/** Authsignal's key signs its tokens, so state that outlives a restart needs the key of before. */
async function secretOf(stateFolder: string | undefined): Promise<string> {
  const fresh = `local-${randomBytes(24).toString("hex")}`;
  if (stateFolder === undefined) {
    return fresh;
  }
  await mkdir(stateFolder, { recursive: true });
  const file = join(stateFolder, "authsignal-secret");
  await writeFile(file, fresh, { flag: "wx", mode: 0o600 }).catch(() => undefined); // it is there already
  return readFile(file, "utf8");
}

async function readPolicy(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    throw new StartProblem(`The policy file ${file} cannot be read. Give --policy the path of a JSON file.`);
  }
  const parsed = parsePolicy(text);
  if (!parsed.ok) {
    const all = parsed.error.map(({ path, reason }) => (path === "" ? reason : `${path}: ${reason}`));
    throw new StartProblem(`The policy ${file} is not valid. ${all.join("; ")}`);
  }
  return text;
}
