import { compileConditions } from "./conditions.ts";
import type { Conditions } from "./conditions.ts";
import { compilePattern } from "./pattern.ts";
import type { Pattern } from "./pattern.ts";
import type { PolicyDocument, Requirement, Route, StepUpRoute } from "./schema.ts";
import { compileSignIn } from "./sign-in.ts";
import type { SignInCondition } from "./sign-in.ts";

/** A route ready for matching; `definition` is the route as written, defaults filled in. */
export type CompiledRoute = Compiled<Route>;
export type CompiledStepUpRoute = Compiled<StepUpRoute>;

interface Compiled<Definition extends Route> {
  readonly id: string;
  readonly pattern: Pattern;
  /** The methods it lists; null when it takes every method. */
  readonly methods: ReadonlySet<string> | null;
  /** What it asks of the request beyond method and path; null when nothing. */
  readonly conditions: Conditions | null;
  /** What it asks of the sign-in beyond being one; null when nothing. */
  readonly signIn: SignInCondition | null;
  /** Whether what it opens is cut when the session ends. */
  readonly isRevocable: boolean;
  readonly definition: Definition;
}

/** A policy that passed every check, compiled and frozen. */
export interface Policy {
  readonly document: PolicyDocument;
  /** Which revision this is, for records; handed in by whoever loaded the text. */
  readonly version: string;
  /** The routes that are enforced, in order. */
  readonly routes: readonly CompiledRoute[];
  readonly default: Exclude<Requirement, "step-up">;
  readonly defaultSignIn: SignInCondition | null;
  /** Whether any route has conditions. */
  readonly hasConditions: boolean;
  /** The headers, in lower case, that conditions are read from. */
  readonly headerNames: readonly string[];
  /** The claims that the sign-in or an attribute is judged by. */
  readonly claimNames: readonly string[];
  /** Nothing is enforced, everything recorded. */
  readonly isShadow: boolean;
  /** The policy as it would be with its shadow routes enforced too; null when it has none. */
  readonly whole: Policy | null;
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
    throw new Error(`the checks let a bad pattern through: ${route.match.path}`);
  }
  const methods = route.match.methods === undefined ? null : new Set(route.match.methods);
  return Object.freeze({
    id: route.id,
    pattern: deepFreeze(pattern.value),
    methods,
    conditions: compileConditions(route.match),
    signIn: compileSignIn("signIn" in route ? route.signIn : undefined),
    isRevocable: "revocable" in route && route.revocable,
    definition: route,
  });
}

function claimsRead({ default: fallback, routes }: PolicyDocument): string[] {
  const rules = [fallback, ...routes].map((entry) => ("signIn" in entry ? entry.signIn : undefined));
  const attributes = routes.flatMap((route) =>
    route.require === "step-up" ? Object.values(route.attributes) : [],
  );
  return [
    ...new Set([
      ...rules.flatMap((rule) => Object.keys(rule?.claims ?? {})),
      ...attributes.filter(({ from }) => from === "claim").map(({ name }) => name),
    ]),
  ];
}

function policyOf(document: PolicyDocument, version: string, routes: readonly CompiledRoute[]): Policy {
  const { default: fallback } = document;
  const headerNames = new Set(
    routes.flatMap((route) => route.conditions?.headers.map(({ name }) => name) ?? []),
  );
  const enforced = routes.filter((route) => route.definition.shadow === false);
  return Object.freeze({
    document,
    version,
    routes: Object.freeze(enforced),
    default: fallback.require,
    defaultSignIn: compileSignIn("signIn" in fallback ? fallback.signIn : undefined),
    hasConditions: routes.some((route) => route.conditions !== null),
    headerNames: Object.freeze([...headerNames]),
    hasFoldablePatterns: routes.some((route) => route.pattern.isFoldable),
    claimNames: Object.freeze(claimsRead(document)),
    isShadow: document.shadow,
    whole: null,
  });
}

/** Compiles a document that passed every check (parse.ts); `version` names this revision in records. */
export function compilePolicy(checked: PolicyDocument, version: string): Policy {
  const document = deepFreeze(checked);
  const routes = document.routes.map(compileRoute);
  const policy = policyOf(document, version, routes);
  return policy.routes.length === routes.length
    ? policy
    : Object.freeze({ ...policy, whole: Object.freeze({ ...policy, routes: Object.freeze(routes) }) });
}
