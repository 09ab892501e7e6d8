import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildWorker, BUNDLES_VARIABLE, ROOT, WORKER_CONFIGS } from "../../workers/local/build.ts";

/**
 * Builds both Workers before the first file of a layer, and every world of the run takes these bundles: a hundred of
 * them would build the same sources. Not while files are watched, when sources change between runs.
 */
export default async function setup({ vitest }: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (vitest.config.watch || process.env[BUNDLES_VARIABLE] !== undefined) {
    return undefined; // the other layer has
  }
  const folder = `tests-${process.pid}`;
  await Promise.all(WORKER_CONFIGS.map(({ name, config }) => buildWorker(config, join(folder, name))));
  const built = join(ROOT, "dist", folder);
  process.env[BUNDLES_VARIABLE] = built;
  return () => rm(built, { recursive: true, force: true });
}
