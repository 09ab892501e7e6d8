import { fail, ok } from "../http/result.ts";
import type { Result } from "../http/result.ts";
import { findInconsistencies } from "./consistency.ts";
import { readCommentedJson } from "./json.ts";
import { compilePattern } from "./pattern.ts";
import type { Pattern } from "./pattern.ts";
import { describeIssue, problemsOf } from "./problem.ts";
import type { PolicyProblem } from "./problem.ts";
import { PolicyDocument } from "./schema.ts";
import type { Requirement, Route, StepUpRoute } from "./schema.ts";

export type { PolicyProblem };

/** A route ready for matching; `definition` is the route as written, defaults filled in. */
export type CompiledRoute = Compiled<Route>;
export type CompiledStepUpRoute = Compiled<StepUpRoute>;

interface Compiled<Definition extends Route> {
  readonly id: string;
  readonly pattern: Pattern;
  /** The methods it lists; null when it takes every method. */
  readonly methods: ReadonlySet<string> | null;
  readonly definition: Definition;
}

/** A policy that passed every check, compiled and frozen. */
export interface Policy {
  readonly document: PolicyDocument;
  /** Which revision this is, for records; handed in by whoever loaded the text. */
  readonly version: string;
  readonly routes: readonly CompiledRoute[];
  readonly default: Exclude<Requirement, "step-up">;
  /** Whether a pattern has letters that case folding changes, so that even a lower-case path must be compared folded. */
  readonly hasFoldablePatterns: boolean;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

function compileRoute(route: Route): CompiledRoute {
  const pattern = compilePattern(route.match.path);
  if (!pattern.ok) {
    throw new Error(`findInconsistencies let a bad pattern through: ${route.match.path}`);
  }
  const methods = route.match.methods === undefined ? null : new Set(route.match.methods);
  return Object.freeze({ id: route.id, pattern: deepFreeze(pattern.value), methods, definition: route });
}

/**
 * Reads a policy document. All problems are given at once, in the document's order; text that is not JSON (with comments) gives
 * one, with line and column. `version` names this revision in records.
 */
export function parsePolicy(text: string, version = "bundled"): Result<Policy, readonly PolicyProblem[]> {
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
  if (inconsistencies.length > 0) {
    return fail(inconsistencies);
  }
  const document = deepFreeze(parsed.data);
  const routes = Object.freeze(document.routes.map(compileRoute));
  const hasFoldablePatterns = routes.some((route) => route.pattern.isFoldable);
  return ok(
    Object.freeze({ document, version, routes, default: document.default.require, hasFoldablePatterns }),
  );
}
