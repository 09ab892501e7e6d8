import { fail, ok } from "../http/result.ts";
import type { Result } from "../http/result.ts";
import { compilePolicy } from "./compile.ts";
import type { Policy } from "./compile.ts";
import { findInconsistencies } from "./consistency.ts";
import { readCommentedJson } from "./json.ts";
import { describeIssue, problemsOf } from "./problem.ts";
import type { PolicyProblem } from "./problem.ts";
import { PolicyDocument } from "./schema.ts";

export type { CompiledRoute, CompiledStepUpRoute, Policy } from "./compile.ts";
export type { PolicyProblem };

/**
 * Checks the text of a policy and fills in the defaults. All problems are given at once, in the document's order; text
 * that is not JSON (with comments) gives one, with line and column.
 */
export function checkPolicy(text: string): Result<PolicyDocument, readonly PolicyProblem[]> {
  const json = readCommentedJson(text);
  if (!json.ok) {
    const { line, column, reason } = json.error;
    return fail([{ path: "", reason: `Line ${line}, column ${column}: ${reason}` }]);
  }
  const parsed = PolicyDocument.safeParse(json.value, { error: describeIssue });
  const inconsistencies = findInconsistencies(json.value);
  if (!parsed.success) {
    return fail([...problemsOf(parsed.error.issues), ...inconsistencies]);
  }
  return inconsistencies.length > 0 ? fail(inconsistencies) : ok(parsed.data);
}

/** Checks the text of a policy and compiles it; `version` names this revision in records. */
export function parsePolicy(text: string, version = "bundled"): Result<Policy, readonly PolicyProblem[]> {
  const checked = checkPolicy(text);
  return checked.ok ? ok(compilePolicy(checked.value, version)) : checked;
}
