import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildWorker, WORKER_CONFIGS } from "../../workers/local/build.ts";
import { compatibility, policyStore, quote, serve, serveWorker, type Workerd } from "../workerd.ts";
import { BARE } from "./bare.ts";
import { TENANT_ID } from "./deliveries.ts";
import { READER, READS_SOCKET } from "./reader.ts";
import { COUNTS_SOCKET, QUEUE, type QueueCounts } from "./queue.ts";

/** The webhook Worker on `workerd serve`, with the ledgers of the gateway's bundle on disk and a queue that counts. */
export interface WebhookWorld {
  readonly workerd: Workerd;
  /** A Worker that only verifies, in a workerd of its own. */
  readonly bare: Workerd;
  readonly secret: string;
  /** Of the Worker that reads standings and revokes (reader.ts). */
  readonly readsPort: number;
  counts(): Promise<QueueCounts>;
  stop(): Promise<void>;
}

const POLICY = JSON.stringify({
  version: 1,
  default: { require: "sign-in" },
  routes: [],
  reactions: [{ id: "removed", on: ["authenticator.deleted"], do: ["revoke-user"] }],
});

/** Builds and starts it. @throws with the words of whichever part did not start. */
export async function startWebhookWorld(): Promise<WebhookWorld> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-bench-"));
  try {
    const secret = randomBytes(24).toString("hex");
    const bundles = await Promise.all(WORKER_CONFIGS.map(({ name, config }) => buildWorker(config, name)));
    const [gateway, webhooks] = await Promise.all(bundles.map(({ path }) => readFile(path, "utf8")));
    await mkdir(join(folder, "objects"));
    const files = {
      "webhooks.js": webhooks ?? "",
      "gateway.js": gateway ?? "",
      "queue.js": QUEUE,
      "reader.js": READER,
      "policy.js": policyStore(POLICY),
      "config.capnp": configText((await compatibility()).date, secret, join(folder, "objects")),
    };
    await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
    const workerd = await serve(join(folder, "config.capnp"), ["http", COUNTS_SOCKET, READS_SOCKET]);
    const settings = { AUTHSIGNAL_SECRET: secret };
    const bare = await serveWorker({ name: "bare", script: BARE, settings, hasBindings: false }, folder);
    return {
      workerd,
      bare,
      secret,
      readsPort: workerd.ports.get(READS_SOCKET) ?? 0,
      async counts() {
        const answer = await fetch(`http://127.0.0.1:${workerd.ports.get(COUNTS_SOCKET)}/`);
        return (await answer.json()) as QueueCounts; // queue.ts
      },
      async stop() {
        await Promise.all([workerd.stop(), bare.stop()]);
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function configText(date: string, secret: string, objects: string): string {
  const worker = (name: string, more: string) => `const ${name} :Workerd.Worker = (
  modules = [(name = "${name}.js", esModule = embed "${name}.js")],
  compatibilityDate = ${quote(date)},
  ${more}
);
`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "webhooks", worker = .webhooks),
    (name = "gateway", worker = .gateway),
    (name = "policy", worker = .policy),
    (name = "queue", worker = .queue),
    (name = "reader", worker = .reader),
    (name = "objects", disk = (path = ${quote(objects)}, writable = true)),
  ],
  sockets = [
    (name = "http", address = "127.0.0.1:0", http = (), service = "webhooks"),
    (name = "${COUNTS_SOCKET}", address = "127.0.0.1:0", http = (), service = "queue"),
    (name = "${READS_SOCKET}", address = "127.0.0.1:0", http = (), service = "reader"),
  ],
);
${worker(
  "webhooks",
  `bindings = [
    (name = "AUTHSIGNAL_SECRET", text = ${quote(secret)}),
    (name = "AUTHSIGNAL_TENANT_ID", text = ${quote(TENANT_ID)}),
    (name = "LEDGER", durableObjectNamespace = (className = "Ledger", serviceName = "gateway")),
    (name = "ROSTER", durableObjectNamespace = (className = "Roster", serviceName = "gateway")),
    (name = "OFFICE", durableObjectNamespace = "EventOffice"),
    (name = "POLICY", kvNamespace = "policy"),
    (name = "EVENTS", queue = "queue"),
  ],
  durableObjectNamespaces = [(className = "EventOffice", uniqueKey = "office", enableSql = true)],
  durableObjectStorage = (localDisk = "objects"),`,
)}
${worker(
  "gateway",
  `bindings = [(name = "ROSTER", durableObjectNamespace = "Roster")],
  durableObjectNamespaces = [
    (className = "Ledger", uniqueKey = "ledger", enableSql = true),
    (className = "Roster", uniqueKey = "roster", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "objects"),`,
)}
${worker("policy", "")}
${worker("reader", `bindings = [(name = "LEDGER", durableObjectNamespace = (className = "Ledger", serviceName = "gateway"))],`)}
${worker("queue", `compatibilityFlags = ["service_binding_extra_handlers"], bindings = [(name = "CONSUMER", service = "webhooks")],`)}
`;
}
