import { readFile, rename, writeFile } from "node:fs/promises";
import { checkPolicy } from "../src/policy/parse.ts";

/**
 * Checks `policy.json` before wrangler bundles it (`[build]` in wrangler.toml), so that a bad policy is never deployed,
 * and writes `policy.checked.json`: the policy as written, and with its defaults filled in. A Worker compares the first
 * with the policy that it has, and then need not check that itself at every cold start. Both are in the current folder,
 * which is the repository for `npm run`.
 */
const source = await readFile("policy.json", "utf8");
const checked = checkPolicy(source);
if (!checked.ok) {
  for (const { path, reason } of checked.error) {
    console.error(`policy.json ${path}: ${reason}`);
  }
  process.exit(1);
}
const text = `${JSON.stringify({ written: JSON.parse(source), document: checked.value }, null, 2)}\n`;
const file = "policy.checked.json";
if (text !== (await readFile(file, "utf8").catch(() => ""))) {
  // Bundling may go on beside this: nobody reads half a file, and an unchanged one is left alone.
  await writeFile(`${file}.${process.pid}`, text);
  await rename(`${file}.${process.pid}`, file);
}
