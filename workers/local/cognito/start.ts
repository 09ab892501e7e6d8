import { readFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { listen } from "../bank/listen.ts";
import { createCognitoApp } from "./app.ts";
import { type AppClient, clientSchema } from "./clients.ts";
import type { Controls } from "./control/controls.ts";
import { type CognitoFault, Faults } from "./faults.ts";
import { Inbox } from "./inbox.ts";
import { issuerOf } from "./issuers.ts";
import { KeyRing } from "./keys.ts";
import { type CognitoOptions, LOCAL_ADMIN } from "./options.ts";
import type { AdminCredentials, Pool } from "./pool.ts";
import { settingsSchema } from "./settings.ts";
import { readState, StateFolder } from "./state-folder.ts";
import { Store } from "./store.ts";
import { TRIGGER_TIMEOUT_MS, type TriggerOptions, triggerTargetsSchema } from "./triggers/targets.ts";
import { type PoolUser, seededUser, seedFileSchema } from "./users.ts";

export type { CognitoOptions } from "./options.ts";

/** The running user pool. */
export interface CognitoStandIn {
  /** `http://127.0.0.1:PORT/<userPoolId>`, the `iss` of every token at the start. */
  readonly issuer: string;
  /** The other of the two formats; `iss` once `issuerType` is `UPDATED`. */
  readonly updatedIssuer: string;
  readonly jwks: string;
  /** Where user pool API calls are posted. */
  readonly api: string;
  /** Managed login's endpoints, server to server. */
  readonly domain: string;
  /** The same server by the name that browsers use. */
  readonly publicDomain: string;
  /** Every endpoint, as method and path pattern, so that a test can prove something of each. */
  readonly endpoints: readonly { readonly method: string; readonly path: string }[];
  /** What Admin calls are signed with. */
  readonly admin: AdminCredentials;
  setUrls(callbackUrls: readonly string[], logoutUrls: readonly string[]): void;
  setTriggers(triggers: TriggerOptions): void;
  /** Misbehave in this way and no other from now on, or behave again. */
  setFault(fault: CognitoFault | undefined): void;
  /** Makes new signing keys current; the ones before are published until the next time. */
  rotateKeys(): Promise<void>;
  /** Ends at once; what is in the state folder is complete. */
  close(): Promise<void>;
}

/**
 * Starts the stand-in for a Cognito user pool.
 *
 * @throws Node's `EADDRINUSE` when the port is taken; an Error that names the file when the seed file or the state
 * folder cannot be used; zod's error for options that cannot be.
 */
export async function startCognito(options: CognitoOptions): Promise<CognitoStandIn> {
  const { userPoolId, stateFolder } = options;
  const seeds = options.seedFile === undefined ? options.users : await readSeedFile(options.seedFile);
  const earlier = stateFolder === undefined ? undefined : await readState(stateFolder, userPoolId);
  const keys = await KeyRing.create(earlier?.keys);
  const clients = clientsOf(options);
  let answer: RequestListener = (_incoming, outgoing) => outgoing.writeHead(503).end();
  const { port, close } = await listen(options.port, (incoming, outgoing) => answer(incoming, outgoing));

  const clock = options.now ?? Date.now;
  let shiftMs = (options.clockShiftSeconds ?? 0) * 1000;
  const now = (): number => clock() + shiftMs;
  const initialSettings = settingsSchema.parse(options.settings ?? {});
  const initialTriggers = {
    ...triggerTargetsSchema.parse(options.triggers ?? {}),
    timeoutMs: options.triggerTimeoutMs ?? TRIGGER_TIMEOUT_MS,
  };
  const seededStore = (): Store => storeOf(userPoolId, seeds, now());
  const domain = `http://127.0.0.1:${port}`;
  const [region = ""] = userPoolId.split("_", 1);
  const pool: Pool = {
    userPoolId,
    region,
    clients,
    settings: { ...initialSettings, ...earlier?.settings },
    identityProviders: new Map(
      (options.identityProviders ?? []).map((provider) => [provider.name, provider]),
    ),
    triggers: { ...initialTriggers, ...earlier?.triggers, timeoutMs: initialTriggers.timeoutMs },
    admin: options.admin ?? LOCAL_ADMIN,
    issuer: () =>
      issuerOf({ domain, region, userPoolId }, pool.settings.issuerType, pool.settings.issuerNames),
    domain,
    publicDomain: `http://cognito.localhost:${port}`,
    keys,
    store: earlier === undefined ? seededStore() : new Store(earlier.store),
    inbox: new Inbox(earlier?.messages),
    now,
  };
  const faults = new Faults();
  for (const fault of options.faults ?? []) {
    faults.set(fault);
  }
  const setTriggers = (triggers: TriggerOptions): void => {
    replace(pool.triggers, { ...triggerTargetsSchema.parse(triggers), timeoutMs: pool.triggers.timeoutMs });
  };
  const controls: Controls = {
    pool,
    faults,
    clockShiftSeconds: () => shiftMs / 1000,
    shiftClock: (seconds) => {
      shiftMs = seconds * 1000;
    },
    changeSettings: (changes) => Object.assign(pool.settings, changes),
    changeClient: (client, changes) => Object.assign(client, changes),
    setTriggers,
    reset: () => {
      shiftMs = 0;
      faults.clear();
      pool.store = seededStore();
      pool.inbox.clear();
      replace(pool.settings, initialSettings);
      replace(pool.triggers, initialTriggers);
    },
  };
  const state =
    stateFolder === undefined
      ? undefined
      : new StateFolder(stateFolder, async () => ({
          userPoolId,
          store: pool.store.snapshot(),
          keys: await keys.stored(),
          messages: pool.inbox.messages(),
          settings: pool.settings,
          triggers: pool.triggers,
        }));
  await state?.flush();

  const app = createCognitoApp(controls);
  const serve = getRequestListener(app.fetch);
  const answerOrMisbehave = async (...[incoming, outgoing]: Parameters<RequestListener>): Promise<void> => {
    if (!(await faults.misbehave(incoming, outgoing))) {
      await serve(incoming, outgoing);
      state?.changed();
    }
  };
  answer = (incoming, outgoing) => {
    void answerOrMisbehave(incoming, outgoing);
  };

  const issuer = issuerOf(pool, "ORIGINAL", "local");
  return {
    issuer,
    updatedIssuer: issuerOf(pool, "UPDATED", "local"),
    jwks: `${issuer}/.well-known/jwks.json`,
    api: `${domain}/`,
    domain,
    publicDomain: pool.publicDomain,
    endpoints: app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => ({ method, path })),
    admin: pool.admin,
    setUrls: (callbackUrls, logoutUrls) => {
      const client = clients.get(options.clientId);
      if (client !== undefined) {
        Object.assign(client, { callbackUrls: [...callbackUrls], logoutUrls: [...logoutUrls] });
      }
    },
    setTriggers,
    setFault: (fault) => {
      faults.clear();
      if (fault !== undefined) {
        faults.set(fault);
      }
    },
    rotateKeys: () => keys.rotate(),
    close: async () => {
      await close();
      await state?.close();
    },
  };
}

function clientsOf(options: CognitoOptions): ReadonlyMap<string, AppClient> {
  const { clientId, callbackUrls, logoutUrls, accessTokenSeconds, idTokenSeconds } = options;
  const first = clientSchema.parse({
    clientId,
    callbackUrls: [...callbackUrls],
    logoutUrls: [...logoutUrls],
    accessTokenSeconds,
    idTokenSeconds,
    ...options.client,
  });
  const others = (options.clients ?? []).map((client) => clientSchema.parse(client));
  return new Map([first, ...others].map((client) => [client.clientId, client]));
}

/** A store with these users, and every group that one of them sits in. */
function storeOf(
  userPoolId: string,
  seeds: readonly (Omit<PoolUser, "sub"> & { readonly sub?: string | undefined })[],
  nowMs: number,
): Store {
  const names = new Set(seeds.flatMap(({ groups }) => groups ?? []));
  return new Store({
    users: seeds.map((seed) => seededUser(userPoolId, seed, nowMs)),
    groups: [...names].map((name) => ({ name, createdAtMs: nowMs })),
  });
}

async function readSeedFile(
  file: string,
): Promise<readonly (Omit<PoolUser, "sub"> & { readonly sub?: string | undefined })[]> {
  try {
    const { users } = seedFileSchema.parse(JSON.parse(await readFile(file, "utf8")));
    return users.map(({ groups, attributes, ...user }) => ({
      ...user,
      ...(groups === undefined ? {} : { groups }),
      ...(attributes === undefined ? {} : { attributes }),
    }));
  } catch (cause) {
    throw new Error(`The seed file ${file} cannot be used: it must be JSON with a list of users.`, { cause });
  }
}

/** Gives an object that others hold the members of another, and no more. */
function replace<Target extends object>(target: Target, members: Target): void {
  for (const name of Object.keys(target)) {
    Reflect.deleteProperty(target, name);
  }
  Object.assign(target, members);
}
