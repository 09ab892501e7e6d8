import { readFile, rename, writeFile } from "node:fs/promises";
import { readBundledPolicy } from "../workers/local/bundled-policy.ts";
import { StartProblem } from "../workers/local/failures.ts";

/**
 * Checks `policy.json` before wrangler bundles it (`[build]` in wrangler.toml), so that a bad policy is never deployed,
 * and writes `policy.checked.json` (`bundlePolicy`). Both are in the current folder, which is the repository for
 * `npm run`.
 */
const FILE = "policy.checked.json";
try {
  const text = await readBundledPolicy(".");
  if (text !== (await readFile(FILE, "utf8").catch(() => ""))) {
    // Bundling may go on beside this: nobody reads half a file, and an unchanged one is left alone.
    await writeFile(`${FILE}.${process.pid}`, text);
    await rename(`${FILE}.${process.pid}`, FILE);
  }
} catch (error) {
  if (!(error instanceof StartProblem)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 1;
}
