import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { buildWorker, ROOT } from "../../workers/local/build.ts";

/** What is bound to the gateway. */
export interface GatewaySetup {
  readonly port: number;
  /** Text bindings. */
  readonly settings: Readonly<Record<string, string>>;
  /** The pushed policy. */
  readonly policy: object;
  /** Makes `ORIGIN` a service: another Worker, or the server at this address with the `Host` of the request kept. */
  readonly originService?: { readonly script: string } | { readonly address: string };
  /** Where requests to any public address really go, as the zone's own DNS would send them. */
  readonly zoneAddress?: string;
}

/** A running `workerd serve`, with nothing of a simulator before it or behind it. */
export interface RunningGateway {
  readonly pid: number;
  /** Every line that the Worker logged. */
  readonly log: () => readonly string[];
  /** The highest resident memory since the last `forgetPeak`. */
  peakBytes(): Promise<number>;
  forgetPeak(): Promise<void>;
  stop(): Promise<void>;
}

/** Answers every key of a KV namespace with the one document it has, as KV's own HTTP interface does. */
const STORE = `export default { fetch(request, env) {
  return new URL(request.url).pathname === "/policy" ? new Response(env.POLICY_TEXT) : new Response(null, { status: 404 });
} };`;

/**
 * Serves the gateway by bare `workerd`.
 *
 * @throws with workerd's own words when it does not start.
 */
export async function serveGateway(setup: GatewaySetup): Promise<RunningGateway> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-"));
  const ledgers = join(folder, "ledgers");
  await Promise.all([
    mkdir(ledgers),
    buildWorker("wrangler.toml", "gateway").then(({ path }) => copyFile(path, join(folder, "gateway.js"))),
    writeFile(join(folder, "store.js"), STORE),
    writeFile(
      join(folder, "origin.js"),
      setup.originService !== undefined && "script" in setup.originService ? setup.originService.script : "",
    ),
    compatibility().then((runtime) =>
      writeFile(join(folder, "config.capnp"), configText(setup, runtime, ledgers)),
    ),
  ]);
  // The package's own export is the path of its binary; it has no types.
  const { default: binary } = createRequire(import.meta.url)("workerd") as { default: string };
  const args = ["serve", "--experimental", "--control-fd=3", join(folder, "config.capnp")];
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr]) {
    if (output !== null) {
      createInterface({ input: output }).on("line", (line) => lines.push(line));
    }
  }
  const gone = once(child, "exit");
  const listening = await Promise.race([isListening(child.stdio[3]), gone.then(() => false)]);
  const { pid } = child;
  if (!listening || pid === undefined) {
    throw new Error(`workerd did not start: ${lines.join("\n")}`);
  }
  return {
    pid,
    log: () => lines,
    async peakBytes() {
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    forgetPeak: () => writeFile(`/proc/${pid}/clear_refs`, "5"),
    async stop() {
      child.kill("SIGKILL");
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What `wrangler.toml` says of the runtime that the gateway is deployed to. */
interface Compatibility {
  readonly date: string;
  /** A list, as TOML and Cap'n Proto write it alike. */
  readonly flags: string;
}

async function compatibility(): Promise<Compatibility> {
  const text = await readFile(join(ROOT, "wrangler.toml"), "utf8");
  const date = /^compatibility_date = "(.+)"$/m.exec(text)?.[1];
  const flags = /^compatibility_flags = (\[.*\])$/m.exec(text)?.[1];
  if (date === undefined || flags === undefined) {
    throw new Error("wrangler.toml names no compatibility_date or no compatibility_flags");
  }
  return { date, flags };
}

function configText(setup: GatewaySetup, { date, flags }: Compatibility, ledgers: string): string {
  const bindings = [
    ...Object.entries(setup.settings).map(
      ([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`,
    ),
    `(name = "LEDGER", durableObjectNamespace = "Ledger")`,
    `(name = "POLICY", kvNamespace = "store")`,
    ...(setup.originService === undefined ? [] : [`(name = "ORIGIN", service = "origin")`]),
  ];
  const origin =
    setup.originService !== undefined && "address" in setup.originService
      ? `(name = "origin", external = (address = ${quote(setup.originService.address)}, http = ()))`
      : `(name = "origin", worker = (modules = [(name = "origin.js", esModule = embed "origin.js")], compatibilityDate = ${quote(date)}))`;
  const internet =
    setup.zoneAddress === undefined
      ? `(name = "internet", network = (allow = ["private", "public"]))`
      : `(name = "internet", external = (address = ${quote(setup.zoneAddress)}, http = ()))`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway),
    (name = "store", worker = .store),
    (name = "ledgers", disk = (path = ${quote(ledgers)}, writable = true)),
    ${setup.originService === undefined ? "" : `${origin},`}
    ${internet},
  ],
  sockets = [(name = "http", address = "127.0.0.1:${setup.port}", http = (), service = "gateway")],
);
const gateway :Workerd.Worker = (
  modules = [(name = "gateway.js", esModule = embed "gateway.js")],
  compatibilityDate = ${quote(date)},
  compatibilityFlags = ${flags},
  bindings = [${bindings.join(", ")}],
  durableObjectNamespaces = [(className = "Ledger", uniqueKey = "ledger", enableSql = true)],
  durableObjectStorage = (localDisk = "ledgers"),
);
const store :Workerd.Worker = (
  modules = [(name = "store.js", esModule = embed "store.js")],
  compatibilityDate = ${quote(date)},
  bindings = [(name = "POLICY_TEXT", text = ${quote(JSON.stringify(setup.policy))})],
);
`;
}

/** A Cap'n Proto text literal; its escapes are JSON's for the ASCII that settings are made of. */
function quote(text: string): string {
  return JSON.stringify(text);
}

async function isListening(control: unknown): Promise<boolean> {
  if (!(control instanceof Readable)) {
    return false;
  }
  for await (const line of createInterface({ input: control })) {
    // workerd's own control messages, one JSON object a line.
    if ((JSON.parse(line) as { readonly event: string }).event === "listen") {
      return true;
    }
  }
  return false;
}
