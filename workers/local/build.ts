import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { readBundledPolicy } from "./bundled-policy.ts";

const execute = promisify(execFile);

/** The repository's root: everything is built from there, wherever the command was given. */
export const ROOT = resolve(import.meta.dirname, "../..");

/** The two deployed Workers, callee first: the order in which they are deployed (README, "Deploy"). */
export const WORKER_CONFIGS = [
  { name: "gateway", config: "wrangler.toml" },
  { name: "webhooks", config: "workers/webhooks/wrangler.toml" },
] as const;

/** Names the folder in which a run of the tests has built the Workers, once for all its worlds. */
export const BUNDLES_VARIABLE = "SALLYPORT_BUNDLES";

/**
 * Bundles a Worker with wrangler's own bundler (`deploy --dry-run`), so that what runs locally is what is deployed.
 * Worlds that start at the same time build into folders of their own, and the finished bundle takes the place of the
 * one before in one step: nobody ever reads half a bundle.
 *
 * @returns the bundle's path and size.
 * @throws StartProblem when `policy.json` is not fit to be bundled; with wrangler's words when the source does not bundle.
 */
export async function buildWorker(
  config: string,
  name: string,
  policyFolder = ROOT,
): Promise<{ path: string; bytes: number }> {
  await readBundledPolicy(policyFolder);
  const built = process.env[BUNDLES_VARIABLE];
  if (built !== undefined && WORKER_CONFIGS.some((worker) => worker.name === name)) {
    return bundleIn(join(built, name));
  }
  const folder = join(ROOT, "dist", name);
  await mkdir(folder, { recursive: true });
  const own = await mkdtemp(join(folder, "build-"));
  try {
    await bundle(config, own);
    for (const file of ["index.js.map", "index.js"]) {
      await rename(join(own, file), join(folder, file));
    }
  } finally {
    await rm(own, { recursive: true, force: true });
  }
  return bundleIn(folder);
}

async function bundleIn(folder: string): Promise<{ path: string; bytes: number }> {
  const path = join(folder, "index.js");
  return { path, bytes: (await stat(path)).size };
}

async function bundle(config: string, outdir: string): Promise<void> {
  const wrangler = join(
    dirname(createRequire(import.meta.url).resolve("wrangler/package.json")),
    "bin/wrangler.js",
  );
  // --outdir is relative to the configuration file, so it is given absolutely.
  await execute(
    process.execPath,
    [wrangler, "deploy", "--dry-run", "--outdir", outdir, "-c", join(ROOT, config)],
    {
      cwd: ROOT,
      env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "1" },
    },
  );
}
