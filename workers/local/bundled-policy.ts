import { readFile } from "node:fs/promises";
import { bundlePolicy } from "../../src/policy/bundle.ts";
import { StartProblem } from "./failures.ts";

/**
 * Reads `policy.json` in a folder and makes `policy.checked.json` of it.
 *
 * @throws StartProblem with a line for each problem: a person reads it, where wrangler's words would hide it.
 */
export async function readBundledPolicy(folder: string): Promise<string> {
  const source = await readFile(`${folder}/policy.json`, "utf8").catch(() => undefined);
  if (source === undefined) {
    throw new StartProblem(
      "policy.json cannot be read. It is what both Workers bundle: examples/ holds four to begin with.",
    );
  }
  const bundled = bundlePolicy(source);
  if (!bundled.ok) {
    throw new StartProblem(bundled.error.join("\n"));
  }
  return bundled.value;
}
