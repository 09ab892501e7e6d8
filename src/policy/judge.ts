import type { CompiledRoute, CompiledStepUpRoute, Policy } from "./parse.ts";
import { foldCase, matchPattern, splitPath } from "./pattern.ts";
import type { PathParameters } from "./pattern.ts";
import { decodePercent } from "./percent.ts";
import { readings } from "./readings.ts";
import type { Target } from "./target.ts";

/** What the policy requires of a request. `id` is the route's id, or `default`; `reading` is the one that was strictest. */
export type Judgement =
  | {
      readonly kind: "route";
      readonly requirement: "step-up";
      readonly id: string;
      readonly route: CompiledStepUpRoute;
      /** Decoded once. */
      readonly params: PathParameters;
      readonly reading: string;
    }
  | {
      readonly kind: "route";
      readonly requirement: "nothing" | "sign-in" | "deny";
      readonly id: string;
      /** Null when the default decides. */
      readonly route: CompiledRoute | null;
      /** Decoded once. */
      readonly params: PathParameters;
      readonly reading: string;
    }
  | Refusal;

/** A request that is refused whoever sends it: 400 for a target with two meanings, 405 for an unlisted method. */
export type Refusal =
  | { readonly kind: "refused"; readonly reason: "ambiguous_target" }
  | { readonly kind: "refused"; readonly reason: "method_not_allowed"; readonly allow: readonly string[] };

type RouteJudgement = Extract<Judgement, { kind: "route" }>;

const AMBIGUOUS: Refusal = Object.freeze({ kind: "refused", reason: "ambiguous_target" });
const NO_PARAMETERS: PathParameters = Object.freeze({});

/** Methods that change nothing (RFC 9110 section 9.2.1) and that an app's own pages need beside a sensitive POST. */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

const RANK = { nothing: 0, "sign-in": 1, "step-up": 2, deny: 3 } as const;

function isStepUp(route: CompiledRoute): route is CompiledStepUpRoute {
  return route.definition.require === "step-up";
}

function judgedAs(
  policy: Policy,
  route: CompiledRoute | null,
  params: PathParameters,
  reading: string,
): RouteJudgement {
  if (route === null) {
    return { kind: "route", requirement: policy.default, id: "default", route, params, reading };
  }
  if (isStepUp(route)) {
    return { kind: "route", requirement: "step-up", id: route.id, route, params, reading };
  }
  // The guard above leaves the other three, which TypeScript cannot see through the intersection.
  const requirement = route.definition.require as Exclude<typeof route.definition.require, "step-up">;
  return { kind: "route", requirement, id: route.id, route, params, reading };
}

function methodsAllowedBeside(listed: Iterable<string>): readonly string[] {
  return [...new Set([...listed, ...SAFE_METHODS])].sort();
}

/** What the first matching route requires under one reading, compared with or without regard to case. */
function judgeReading(
  policy: Policy,
  method: string,
  reading: string,
  folded: boolean,
): RouteJudgement | Refusal {
  const segments = splitPath(reading);
  const foldedSegments = folded ? segments.map(foldCase) : null;
  const isSafe = SAFE_METHODS.has(method);
  let decided: RouteJudgement | null = null;
  let isSensitive = false;
  const listed = new Set<string>();
  for (const route of policy.routes) {
    const params = matchPattern(route.pattern, segments, foldedSegments);
    if (params === null) {
      continue;
    }
    const takesMethod = route.methods === null || route.methods.has(method);
    if (takesMethod) {
      decided ??= judgedAs(policy, route, params, reading);
      if (isSafe || route.methods !== null || decided.requirement === "deny") {
        return decided;
      }
    }
    isSensitive ||= isStepUp(route);
    for (const name of route.methods ?? []) {
      listed.add(name);
    }
  }
  // Nobody thought of this method where another one is sensitive: it may be a second way to do the same thing.
  if (isSensitive && !isSafe) {
    return { kind: "refused", reason: "method_not_allowed", allow: methodsAllowedBeside(listed) };
  }
  return decided ?? judgedAs(policy, null, NO_PARAMETERS, reading);
}

/** Parameters as the origin will see them: the reading that is the path itself is decoded once, the others already are. */
function withDecodedParameters(judgement: RouteJudgement, pathname: string): RouteJudgement {
  if (judgement.reading !== pathname || judgement.params === NO_PARAMETERS) {
    return judgement;
  }
  const params = Object.fromEntries(
    Object.entries(judgement.params).map(([name, value]) => [name, decodePercent(value)]),
  );
  return { ...judgement, params };
}

/** Whether a route's attributes are read from parameters on which two readings disagree. */
function disagreeOnAttributes(first: RouteJudgement, second: RouteJudgement): boolean {
  if (first.requirement !== "step-up" || second.requirement !== "step-up") {
    return false;
  }
  return Object.values(first.route.definition.attributes).some(
    (rule) => rule.from === "path" && first.params[rule.name] !== second.params[rule.name],
  );
}

function bothRefused(first: Refusal, second: Refusal): Refusal {
  return first.reason === "method_not_allowed" && second.reason === "method_not_allowed"
    ? { ...first, allow: methodsAllowedBeside([...first.allow, ...second.allow]) }
    : AMBIGUOUS;
}

/** The stricter of two findings, the first when they are alike; two different step-ups have no stricter one. */
export function stricter(first: Judgement, second: Judgement): Judgement {
  if (first.kind === "refused") {
    return second.kind === "refused" ? bothRefused(first, second) : stricter(second, first);
  }
  if (second.kind === "refused") {
    return first.requirement === "deny" ? first : second;
  }
  if (RANK[first.requirement] !== RANK[second.requirement]) {
    return RANK[first.requirement] > RANK[second.requirement] ? first : second;
  }
  const differ = first.requirement === "step-up" && first.route !== second.route;
  return differ || disagreeOnAttributes(first, second) ? AMBIGUOUS : first;
}

/**
 * Judges a request (design decisions 1 and 2). Under each reading of the path the first route that matches path and
 * method decides, else the default; over all readings the strictest wins: deny, then refusal, step-up, sign-in,
 * nothing. Two readings that meet different step-up routes are refused, as is a path with too many readings.
 *
 * Methods: `HEAD` is judged as `GET`. Where a step-up route's path matches, an unsafe method that no route lists for
 * that path is refused with 405 (a route without `methods` does not list any); `GET`, `HEAD` and `OPTIONS` that it does
 * not list fall through to the later routes and the default.
 */
export function judge(policy: Policy, method: string, target: Target): Judgement {
  const { pathname } = target;
  const all = readings(pathname);
  if (!all.ok) {
    return AMBIGUOUS;
  }
  const judgedMethod = method === "HEAD" ? "GET" : method;
  let strictest: Judgement | null = null;
  for (const reading of all.value) {
    const isFoldable = policy.hasFoldablePatterns || foldCase(reading) !== reading;
    for (const folded of isFoldable ? [false, true] : [false]) {
      const found = judgeReading(policy, judgedMethod, reading, folded);
      const next = found.kind === "route" ? withDecodedParameters(found, pathname) : found;
      strictest = strictest === null ? next : stricter(strictest, next);
    }
  }
  return strictest ?? AMBIGUOUS;
}
