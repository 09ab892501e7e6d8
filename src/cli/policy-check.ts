import { findingsOf } from "../policy/findings.ts";
import type { Command, Outcome } from "./command.ts";
import { readOptions } from "./options.ts";
import { readPolicyFile, type PolicyFile } from "./policy-file.ts";

const help = `Says what is wrong with a policy, and what its author should know.

Usage: sallyport policy check [FILE] [--json]

  FILE    a policy, JSON with comments (default policy.json)

Errors are what no gateway would take, routes that nothing reaches, and paths that another
reading reaches with less. Warnings are routes that hide parts of stricter ones, and shadow over
everything. Notes are fine if they are meant.

Exit code: 0 fine or notes only, 1 errors or warnings, 2 the file cannot be read.`;

/** `sallyport policy check`. */
export const check: Command = {
  summary: "what is wrong with a policy, where, and what to do",
  help,
  async run(args) {
    const { positionals } = readOptions(args, {}, ["FILE"], 0);
    return report(await readPolicyFile(positionals[0] ?? "policy.json"));
  },
};

/** What `check` says about a file that was read. */
export function report({ file, version, policy, problems, placeOf }: PolicyFile): Outcome {
  const findings = [
    ...problems.map((problem) => ({ severity: "error" as const, ...problem })),
    ...(policy === null
      ? []
      : findingsOf(policy).map((finding) => ({ ...placeOf(finding.path), ...finding }))),
  ].toSorted((first, second) => first.line - second.line || first.column - second.column);
  const isFine = findings.every(({ severity }) => severity === "note");
  const lines = findings.map(
    ({ severity, line, column, message, fix }) =>
      `${file}:${line}:${column} ${severity}: ${message}${fix === null ? "" : `\n    ${fix}`}`,
  );
  const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length;
  const routes = policy?.document.routes.length ?? 0;
  const last =
    policy === null
      ? `${file} is not valid: no gateway would use it.`
      : `${file} is valid: ${routes} routes, version ${version}; ${count("error")} errors, ${count("warning")} warnings, ${count("note")} notes.`;
  return {
    code: isFine ? 0 : 1,
    text: [...lines, last].join("\n"),
    json: { file, version, valid: policy !== null, findings },
  };
}
