import { durationSeconds } from "./duration.ts";
import type { SignInRule } from "./sign-in-schema.ts";

type ClaimValue = string | number | boolean;

/** What a sign-in must be like, compiled. */
export interface SignInCondition {
  /** The same for rules that ask for the same. */
  readonly key: string;
  readonly groups: readonly string[] | null;
  readonly scopes: readonly string[];
  readonly claims: readonly (readonly [string, readonly ClaimValue[]])[];
  readonly maxAgeSeconds: number | null;
}

/** What is known of a sign-in. */
export interface SignInFacts {
  readonly groups: readonly string[];
  readonly scopes: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
  readonly authTimeSeconds: number;
}

/** Why a sign-in is not enough. Only `too_old` is mended by signing in again. */
export type SignInProblem =
  | { readonly reason: "group"; readonly groups: readonly string[] }
  | { readonly reason: "scope"; readonly scopes: readonly string[] }
  | { readonly reason: "claim"; readonly claim: string }
  | { readonly reason: "too_old"; readonly maxAgeSeconds: number };

/** Compiles what a route asks of a sign-in; null when it asks for nothing more than one. */
export function compileSignIn(rule: SignInRule | undefined): SignInCondition | null {
  if (rule === undefined || Object.keys(rule).length === 0) {
    return null;
  }
  const condition = {
    groups: rule.groups?.toSorted() ?? null,
    scopes: rule.scopes?.toSorted() ?? [],
    claims: Object.entries(rule.claims ?? {})
      .map(([name, values]) => [name, [values].flat()] as const)
      .sort(([first], [second]) => (first < second ? -1 : 1)),
    maxAgeSeconds: rule.maxAge === undefined ? null : durationSeconds(rule.maxAge),
  };
  return { ...condition, key: JSON.stringify(condition) };
}

/** Gives the first thing a sign-in lacks, or null. What cannot be mended by signing in again comes first. */
export function checkSignIn(
  condition: SignInCondition,
  facts: SignInFacts,
  nowSeconds: number,
): SignInProblem | null {
  const { groups, scopes, claims, maxAgeSeconds } = condition;
  if (groups !== null && !groups.some((group) => facts.groups.includes(group))) {
    return { reason: "group", groups };
  }
  if (!scopes.every((scope) => facts.scopes.includes(scope))) {
    return { reason: "scope", scopes };
  }
  const lacking = claims.find(([name, values]) => !holds(facts.claims, name, values));
  if (lacking !== undefined) {
    return { reason: "claim", claim: lacking[0] };
  }
  return maxAgeSeconds !== null && nowSeconds - facts.authTimeSeconds > maxAgeSeconds
    ? { reason: "too_old", maxAgeSeconds }
    : null;
}

function holds(claims: SignInFacts["claims"], name: string, values: readonly ClaimValue[]): boolean {
  const given: readonly unknown[] = Object.hasOwn(claims, name) ? [claims[name]].flat() : [];
  return values.some((value) => given.includes(value));
}
