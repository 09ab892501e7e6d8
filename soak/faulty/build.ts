import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "../../workers/local/build.ts";

/**
 * Puts faulty bindings around the bundle of the webhook Worker, whose code stays as it would be deployed. In one file:
 * Miniflare takes a Worker of one module, and none from above the working directory.
 *
 * @returns the path of the new bundle, which is alone in its folder.
 */
export async function buildFaulty(bundle: string): Promise<string> {
  const folder = await mkdtemp(join(ROOT, "dist", "soak-"));
  const [worker, faults] = [bundle, join(import.meta.dirname, "worker.ts")].map((path) =>
    JSON.stringify(path),
  );
  const path = join(folder, "faulty.js");
  await build({
    stdin: {
      contents: `import worker from ${worker};
import { withFaults } from ${faults};
export * from ${worker};
export default withFaults(worker, Math.random);`,
      resolveDir: folder,
    },
    outfile: path,
    bundle: true,
    format: "esm",
    target: "es2024",
    external: ["cloudflare:*", "node:*", "crypto"],
    logLevel: "silent",
  });
  return path;
}
