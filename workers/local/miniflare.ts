import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import type { MiniflareOptions } from "miniflare";
import { join } from "node:path";
import { buildWorker, ROOT, WORKER_CONFIGS } from "./build.ts";

/** Settings of one Worker: everything a deployment would set as variables and secrets. */
export type Settings = Readonly<Record<string, string>>;

/** Both Workers, running. */
export interface RunningWorkers {
  /** The gateway, on every name that leads to 127.0.0.1. */
  readonly gatewayPort: number;
  /** The webhook Worker's base URL. */
  readonly webhooksUrl: string;
  /** The KV namespace of pushed policies: what is put there is in force within seconds, nothing restarts. */
  readonly policies: PolicyStore;
  /** Runs what the webhook Worker does by the clock, now; nothing here does it by itself. */
  runScheduled(): Promise<void>;
  /** Ends both, with everything they hold. */
  close(): Promise<void>;
}

/** Where a pushed policy is, as in a deployment. */
export const POLICY_KEY = "policy";

/** The part of the KV namespace that pushing needs. */
export interface PolicyStore {
  get(key: string): Promise<string | null>;
  put(key: string, text: string): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Where the bundles of both Workers are. */
export type Bundles = readonly { readonly path: string }[];

/** Bundles both Workers as a deployment would. */
export function buildBundles(): Promise<Bundles> {
  return Promise.all(WORKER_CONFIGS.map(({ name, config }) => buildWorker(config, name)));
}

/**
 * Runs the gateway and the webhook Worker from the very bundles that would be deployed, with a SQLite Durable
 * Object, KV and queues simulated by Miniflare.
 *
 * @param options.gatewayPort 0 takes any free port; a busy one rejects with `EADDRINUSE`.
 * @param options.onLog gets every line that the Workers log.
 */
export async function runWorkers(options: {
  readonly gatewayPort: number;
  readonly gateway: Settings;
  readonly webhooks: Settings;
  readonly policy: string | undefined;
  readonly onLog: (line: string) => void;
  /** Where Durable Objects and KV stay between runs; in a folder of the run's own when absent. Queues live in memory. */
  readonly stateFolder?: string;
  /** For whoever starts them again and again; built anew when absent. */
  readonly bundles?: Bundles;
}): Promise<RunningWorkers> {
  // wrangler would print notes about missing secrets, which are handed in below.
  process.env["WRANGLER_LOG"] = "none";
  const { unstable_getMiniflareWorkerOptions: optionsOf } = await import("wrangler");
  const bundles = options.bundles ?? (await buildBundles());
  const settings: Readonly<Record<string, Settings>> = {
    gateway: options.gateway,
    webhooks: options.webhooks,
  };
  const workers = WORKER_CONFIGS.map(({ name, config }, index) => {
    const { modulesRules: _rules, rootPath: _root, ...worker } = optionsOf(join(ROOT, config)).workerOptions;
    // The bindings of a wrangler file are plain values by name.
    const bindings = worker.bindings as Settings | undefined;
    return {
      ...worker,
      name: `sallyport-${name}`,
      modules: true,
      scriptPath: bundles[index]?.path ?? "",
      bindings: { ...bindings, ...settings[name] },
      ...(name === "webhooks" ? { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] } : {}),
    };
  });
  const log = new Log(LogLevel.NONE);
  // The options are wrangler's own for version 4 of Miniflare; the conversion checks them as it goes.
  const converted: MiniflareOptions = convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: options.gatewayPort,
    cf: false,
    log,
    logRequests: false,
    handleStructuredLogs: ({ message }: { readonly message: string }) => options.onLog(message),
    workers,
  });
  const miniflare = new Miniflare(
    options.stateFolder === undefined
      ? converted
      : { ...converted, resourcePersistencePath: options.stateFolder },
  );
  let address: URL;
  try {
    address = await miniflare.ready;
  } catch (error) {
    // It holds sockets of its own even so, and the process would not end.
    await miniflare.dispose().catch(() => undefined);
    throw error;
  }
  // Miniflare types this by the Workers' own KVNamespace, which the Node side of the repository does not know.
  const policies = (await miniflare.getKVNamespace("POLICY", "sallyport-gateway")) as unknown as PolicyStore;
  if (options.policy !== undefined) {
    await policies.put(POLICY_KEY, options.policy);
  }
  const webhooks = await miniflare.unsafeGetDirectURL("sallyport-webhooks");
  return {
    gatewayPort: Number(address.port),
    webhooksUrl: webhooks.origin,
    policies,
    async runScheduled() {
      // Miniflare types this by the Workers' own Fetcher, which the Node side of the repository does not know.
      const worker = (await miniflare.getWorker("sallyport-webhooks")) as unknown as {
        scheduled(): Promise<{ readonly outcome: string }>;
      };
      const { outcome } = await worker.scheduled();
      if (outcome !== "ok") {
        throw new Error(`the scheduled run ended as ${outcome}`);
      }
    },
    close: () => miniflare.dispose(),
  };
}
