import { readFile } from "node:fs/promises";
import { locator, type Place } from "../policy/locate.ts";
import { parsePolicy, type Policy } from "../policy/parse.ts";
import { policyVersion } from "../policy/source.ts";
import { UsageProblem } from "./command.ts";
import { suggestionFor } from "./suggest.ts";

/** A policy file that was read. */
export interface PolicyFile {
  readonly file: string;
  readonly text: string;
  readonly version: string;
  /** Null when it has problems. */
  readonly policy: Policy | null;
  readonly problems: readonly LocatedProblem[];
  readonly placeOf: (path: string) => Place;
}

/** A problem where it stands, and what would mend it. */
export interface LocatedProblem extends Place {
  readonly path: string;
  readonly message: string;
  readonly fix: string | null;
}

/** Reads a text file, or says that it cannot. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    throw new UsageProblem(`The file ${file} cannot be read`);
  }
}

/** Reads a policy file. */
export async function readPolicyFile(file: string): Promise<PolicyFile> {
  const text = await readText(file);
  const version = await policyVersion(text);
  const parsed = parsePolicy(text, version);
  const placeOf = locator(text);
  const problems = parsed.ok
    ? []
    : parsed.error.map(({ path, reason }) => {
        const [, line, column] = /^Line (\d+), column (\d+): /.exec(reason) ?? [];
        const place = line === undefined ? placeOf(path) : { line: Number(line), column: Number(column) };
        const message = reason.replace(/^Line \d+, column \d+: /, "");
        return { path, ...place, message, fix: suggestionFor(path, message) };
      });
  return { file, text, version, policy: parsed.ok ? parsed.value : null, problems, placeOf };
}

/** Reads a policy file that must be valid. */
export async function readValidPolicy(file: string): Promise<PolicyFile & { readonly policy: Policy }> {
  const read = await readPolicyFile(file);
  if (read.policy === null) {
    const [first] = read.problems;
    throw new UsageProblem(
      `${file}:${first?.line}:${first?.column} ${first?.message} Run "policy check ${file}"`,
    );
  }
  return { ...read, policy: read.policy };
}
