import { fail, ok, type Result } from "../http/result.ts";
import { checkPolicy } from "./parse.ts";

/**
 * Makes what is bundled of a policy: as written, and with its defaults filled in, one JSON document. A Worker compares
 * the first with the policy that it has, and then need not check that itself at every cold start.
 *
 * @returns its text, or a sentence for each problem, which begins with the file's name.
 */
export function bundlePolicy(source: string, file = "policy.json"): Result<string, readonly string[]> {
  const checked = checkPolicy(source);
  if (!checked.ok) {
    return fail(
      checked.error.map(({ path, reason }) => `${path === "" ? file : `${file} ${path}`}: ${reason}`),
    );
  }
  let written: unknown;
  try {
    written = JSON.parse(source);
  } catch {
    return fail([`${file}: It is bundled as plain JSON: take out the comments and the trailing commas.`]);
  }
  return ok(`${JSON.stringify({ written, document: checked.value }, null, 2)}\n`);
}
