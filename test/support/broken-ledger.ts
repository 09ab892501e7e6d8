import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { buildWorker, ROOT } from "../../workers/local/build.ts";
import { runWorkers } from "../../workers/local/miniflare.ts";

/** How a ledger fails; the first character of its user's name says it. */
export const FAILURES = { throws: "a", hangs: "b", "cannot start": "c" } as const;

/** The webhook Worker's own bundle beside a gateway whose ledgers fail. */
export interface BrokenWorld {
  readonly webhooksUrl: string;
  readonly secret: string;
  readonly log: readonly string[];
  close(): Promise<void>;
}

/** A script that exports what the gateway's does, with ledgers that fail. */
const BROKEN_GATEWAY = `import { DurableObject } from "cloudflare:workers";
export class Ledger extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.way = ctx.id.name[0];
    if (this.way === "c") {
      throw new Error("storage");
    }
  }
  async verifying() {
    if (this.way === "b") {
      await new Promise(() => {});
    }
    throw new Error("storage");
  }
}
export class Roster extends DurableObject {}
export class SignInLimiter extends DurableObject {}
export default { fetch: () => new Response("no gateway here", { status: 503 }) };
`;

/** Starts both on free ports. @param policy the text of the policy in force. */
export async function startBrokenWorld(options: {
  readonly policy: object;
  readonly vars: Readonly<Record<string, string>>;
}): Promise<BrokenWorld> {
  // Miniflare loads modules of its own folder only.
  await mkdir(join(ROOT, "dist"), { recursive: true });
  const folder = await mkdtemp(join(ROOT, "dist", "broken-"));
  const path = join(folder, "gateway.js");
  const [webhooks] = await Promise.all([
    buildWorker("workers/webhooks/wrangler.toml", "webhooks"),
    writeFile(path, BROKEN_GATEWAY),
  ]);
  const secret = randomBytes(24).toString("hex");
  const log: string[] = [];
  const running = await runWorkers({
    gatewayPort: 0,
    gateway: {},
    webhooks: { AUTHSIGNAL_SECRET: secret, ...options.vars },
    policy: JSON.stringify(options.policy),
    onLog: (line) => log.push(line),
    bundles: [{ path }, webhooks],
  });
  return {
    webhooksUrl: `${running.webhooksUrl}/webhooks/authsignal`,
    secret,
    log,
    async close() {
      await running.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
