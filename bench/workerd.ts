import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { ROOT } from "../workers/local/build.ts";

/** One Worker as `workerd serve` gets it. */
export interface WorkerSource {
  readonly name: string;
  readonly script: string;
  /** Text bindings. */
  readonly settings: Readonly<Record<string, string>>;
  /** Whether it has the gateway's ledger (a Durable Object on local disk) and policy namespace. */
  readonly hasBindings: boolean;
  /** What was pushed to the policy namespace; without it, nothing was. */
  readonly policy?: string;
  /** More modules that the script imports, by name. */
  readonly modules?: Readonly<Record<string, string>>;
}

/** A running `workerd serve`, with nothing of a simulator in front of it. */
export interface Workerd {
  /** Of the socket `http`. */
  readonly port: number;
  /** Of every socket, by its name in the configuration. */
  readonly ports: ReadonlyMap<string, number>;
  readonly pid: number;
  /** When its process was started, on the clock of `performance.now()`. */
  readonly spawnedAtMs: number;
  /** CPU time that the process has used so far, in microseconds. */
  cpuMicroseconds(): Promise<number>;
  /** Forgets the highest memory use so far. */
  resetPeakMemory(): Promise<void>;
  /** The highest resident memory since then, in MiB. */
  peakMemoryMiB(): Promise<number>;
  stop(): Promise<void>;
}

const NANOSECONDS_PER_MICROSECOND = 1000;
/** A KV namespace with at most the pushed policy: workerd asks it by HTTP, and 404 is "no such key". */
export function policyStore(policy: string | undefined): string {
  return `const POLICY = ${JSON.stringify(policy ?? null)};
export default {
  fetch(request) {
    const isThere = POLICY !== null && new URL(request.url).pathname === "/policy";
    return isThere ? new Response(POLICY) : new Response(null, { status: 404 });
  },
};
`;
}

/**
 * Writes a Worker's configuration into a folder of its own and serves it.
 *
 * @param folder an existing folder to write to.
 * @throws with workerd's own words when it does not start.
 */
export async function serveWorker(source: WorkerSource, folder: string): Promise<Workerd> {
  const home = join(folder, source.name);
  const ledgers = join(home, "ledgers");
  await mkdir(ledgers, { recursive: true });
  await Promise.all([
    writeFile(join(home, "worker.js"), source.script),
    writeFile(join(home, "policy.js"), policyStore(source.policy)),
    ...Object.entries(source.modules ?? {}).map(([name, text]) => writeFile(join(home, name), text)),
    writeFile(join(home, "config.capnp"), configText(source, await compatibility(), ledgers)),
  ]);
  return serve(join(home, "config.capnp"));
}

/**
 * Serves a configuration that has a socket named `http`.
 *
 * @param sockets the names of all its sockets.
 * @throws with workerd's own words when it does not start.
 */
export async function serve(configPath: string, sockets: readonly string[] = ["http"]): Promise<Workerd> {
  // Experimental: Durable Objects on local disk.
  const spawnedAtMs = performance.now();
  const child = spawn(workerdPath(), ["serve", "--experimental", "--control-fd=3", configPath], {
    // What the Workers log goes to standard error: standard output is the report's.
    stdio: ["ignore", 2, "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const gone = once(child, "exit");
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill); // whatever becomes of the bench, it leaves no process
  const ports = await Promise.race([listeningPorts(child.stdio[3], sockets), gone.then(() => undefined)]);
  const port = ports?.get("http");
  if (ports === undefined || port === undefined || child.pid === undefined) {
    throw new Error(`workerd did not start: ${complaints}`);
  }
  const { pid } = child;
  return {
    port,
    ports,
    pid,
    spawnedAtMs,
    cpuMicroseconds: () => cpuMicroseconds(pid),
    resetPeakMemory: () => writeFile(`/proc/${pid}/clear_refs`, "5"),
    peakMemoryMiB: () => peakMemoryMiB(pid),
    async stop() {
      kill();
      await gone;
      process.off("exit", kill);
    },
  };
}

/** The binary of the npm package `workerd`, which its platform's package holds. */
function workerdPath(): string {
  const require = createRequire(import.meta.url);
  // The package's own export; it has no types.
  const { default: path } = require("workerd") as { default: string };
  return path;
}

/** What `wrangler.toml` says of the runtime that the gateway is deployed to. */
interface Compatibility {
  readonly date: string;
  /** A list, as TOML and Cap'n Proto write it alike. */
  readonly flags: string;
}

/** The Workers' own. */
export async function compatibility(): Promise<Compatibility> {
  const text = await readFile(join(ROOT, "wrangler.toml"), "utf8");
  const date = /^compatibility_date = "(.+)"$/m.exec(text)?.[1];
  const flags = /^compatibility_flags = (\[.*\])$/m.exec(text)?.[1];
  if (date === undefined || flags === undefined) {
    throw new Error("wrangler.toml names no compatibility_date or no compatibility_flags");
  }
  return { date, flags };
}

function configText(source: WorkerSource, { date, flags }: Compatibility, ledgers: string): string {
  const texts = Object.entries(source.settings).map(
    ([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`,
  );
  const bindings = source.hasBindings
    ? [
        ...texts,
        `(name = "LEDGER", durableObjectNamespace = "Ledger")`,
        `(name = "POLICY", kvNamespace = "policy")`,
      ]
    : texts;
  const modules = ["worker.js", ...Object.keys(source.modules ?? {})].map(
    (name) => `(name = ${quote(name)}, esModule = embed ${quote(name)})`,
  );
  const ledger = `durableObjectNamespaces = [(className = "Ledger", uniqueKey = "ledger", enableSql = true)],
    durableObjectStorage = (localDisk = "ledgers"),`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "policy", worker = .policy),
    (name = "ledgers", disk = (path = ${quote(ledgers)}, writable = true)),
    (name = "internet", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = ${quote(date)},
  bindings = [${bindings.join(", ")}],
  ${source.hasBindings ? `compatibilityFlags = ${flags},\n  ${ledger}` : ""}
);
const policy :Workerd.Worker = (
  modules = [(name = "policy.js", esModule = embed "policy.js")],
  compatibilityDate = ${quote(date)},
);
`;
}

/** A Cap'n Proto text literal; its escapes are JSON's for the ASCII that settings are made of. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

async function listeningPorts(
  control: unknown,
  sockets: readonly string[],
): Promise<ReadonlyMap<string, number> | undefined> {
  if (!(control instanceof Readable)) {
    return undefined;
  }
  const ports = new Map<string, number>();
  for await (const line of createInterface({ input: control })) {
    // workerd's own control messages, one JSON object a line.
    const message = JSON.parse(line) as {
      readonly event: string;
      readonly socket?: string;
      readonly port?: number;
    };
    if (message.event === "listen" && message.socket !== undefined && message.port !== undefined) {
      ports.set(message.socket, message.port);
    }
    if (sockets.every((name) => ports.has(name))) {
      return ports;
    }
  }
  return undefined;
}

/** The scheduler's own account of every thread: nanoseconds, where `/proc/<pid>/stat` counts hundredths of a second. */
export async function cpuMicroseconds(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => {
    throw new Error("CPU time is read from /proc, which this system does not have: run the bench on Linux.");
  });
  const used = await Promise.all(
    threads.map(async (thread) => {
      const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8");
      return Number(text.split(" ")[0]);
    }),
  );
  return used.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / NANOSECONDS_PER_MICROSECOND;
}

async function peakMemoryMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
