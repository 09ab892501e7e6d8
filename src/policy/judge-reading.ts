import { fitOf, fitOfContentType, mayHaveBody } from "./conditions.ts";
import type { Fit, Subject } from "./conditions.ts";
import type { Judgement, RouteJudgement } from "./judgement.ts";
import type { CompiledRoute, CompiledStepUpRoute, Policy } from "./parse.ts";
import { foldCase, matchPattern, splitPath } from "./pattern.ts";
import type { PathParameters } from "./pattern.ts";
import { AMBIGUOUS, methodsAllowedBeside, SAFE_METHODS, stricter } from "./strictness.ts";

/** How a route stands to a request whose path it matches: it takes it, all but its content type, or not at all. */
type Standing = "in" | "wrong-type" | "out";

/** A route that matches the path of a reading, and every way in which origins may see its conditions. */
interface Candidate {
  readonly route: CompiledRoute;
  readonly params: PathParameters;
  readonly standings: readonly Standing[];
}

/** What a pattern without names found. */
export const NO_PARAMETERS: PathParameters = Object.freeze({});
const NO_CANDIDATES: readonly Candidate[] = Object.freeze([]);
const NO_NAMES: readonly string[] = Object.freeze([]);
const IN: readonly Standing[] = Object.freeze(["in"]);

/** More doubts at once than any honest request raises; each doubles the work. */
const MAX_WORLDS = 64;

function isStepUp(route: CompiledRoute): route is CompiledStepUpRoute {
  return route.definition.require === "step-up";
}

function judgedAs(
  policy: Policy,
  route: CompiledRoute | null,
  params: PathParameters,
  reading: string,
): RouteJudgement {
  const rest = { params, reading, bodyMustNotName: NO_NAMES };
  if (route === null) {
    const { default: requirement, defaultSignIn: signIn } = policy;
    return { kind: "route", requirement, id: "default", route, signIn, isRevocable: false, ...rest };
  }
  const { id, signIn, isRevocable } = route;
  if (isStepUp(route)) {
    return { kind: "route", requirement: "step-up", id, route, signIn, isRevocable, ...rest };
  }
  // The guard above leaves the other three, which TypeScript cannot see through the intersection.
  const requirement = route.definition.require as Exclude<typeof route.definition.require, "step-up">;
  return { kind: "route", requirement, id, route, signIn, isRevocable, ...rest };
}

const STANDINGS: Readonly<Record<Fit, Readonly<Record<Fit, readonly Standing[]>>>> = {
  yes: { yes: IN, no: ["wrong-type"], maybe: ["in", "wrong-type"] },
  maybe: { yes: ["in", "out"], no: ["wrong-type", "out"], maybe: ["in", "wrong-type", "out"] },
  no: { yes: ["out"], no: ["out"], maybe: ["out"] },
};

function standingsOf({ conditions }: CompiledRoute, subject: Subject): readonly Standing[] {
  if (conditions === null) {
    return IN;
  }
  const { contentTypes } = conditions;
  const type = contentTypes === null ? "yes" : fitOfContentType(contentTypes, subject);
  return STANDINGS[fitOf(conditions, subject)][type];
}

/** The routes whose path a reading matches, down to the first that surely decides. */
function candidatesOf(
  policy: Policy,
  subject: Subject,
  segments: readonly string[],
  folded: readonly string[] | null,
): readonly Candidate[] {
  let candidates: Candidate[] | null = null;
  const isSafe = SAFE_METHODS.has(subject.method);
  for (const route of policy.routes) {
    const params = matchPattern(route.pattern, segments, folded);
    if (params === null) {
      continue;
    }
    const standings = standingsOf(route, subject);
    candidates ??= [];
    candidates.push({ route, params, standings });
    const takesMethod = route.methods === null || route.methods.has(subject.method);
    const isLast = isSafe || route.methods !== null || route.definition.require === "deny";
    if (takesMethod && isLast && standings === IN) {
      break;
    }
  }
  return candidates ?? NO_CANDIDATES;
}

/** What the first matching route requires, where it is known how each candidate stands; null: each takes the request. */
function decide(
  policy: Policy,
  method: string,
  reading: string,
  candidates: readonly Candidate[],
  standings: readonly Standing[] | null,
): Judgement {
  const isSafe = SAFE_METHODS.has(method);
  let decided: RouteJudgement | null = null;
  let isSensitive = false;
  let isWrongType = false;
  let accept: string[] | null = null;
  const listing: CompiledRoute[] = [];
  for (let index = 0; index < candidates.length; index += 1) {
    const candidate = candidates[index];
    const standing = standings?.[index] ?? "in";
    if (candidate === undefined || standing === "out") {
      continue;
    }
    const { route, params } = candidate;
    const takesMethod = route.methods === null || route.methods.has(method);
    if (takesMethod && standing === "in") {
      decided ??= judgedAs(policy, route, params, reading);
      if (isSafe || route.methods !== null || decided.requirement === "deny") {
        return refusedFor(accept, decided);
      }
    }
    if (isStepUp(route)) {
      isSensitive = true;
      if (takesMethod && standing === "wrong-type" && !isSafe) {
        isWrongType = true;
        accept = decided === null ? [...(accept ?? []), ...(route.conditions?.contentTypes ?? [])] : accept;
      }
    }
    listing.push(route);
  }
  // Nobody thought of this method where another one is sensitive: it may be a second way to do the same thing.
  if (isSensitive && !isSafe && !isWrongType) {
    const listed = listing.flatMap((route) => [...(route.methods ?? [])]);
    return { kind: "refused", reason: "method_not_allowed", allow: methodsAllowedBeside(listed) };
  }
  return refusedFor(accept, decided ?? judgedAs(policy, null, NO_PARAMETERS, reading));
}

/** A content type that a sensitive route does not list is refused, unless the route that takes it lists it. */
function refusedFor(accept: readonly string[] | null, decided: RouteJudgement): Judgement {
  const isExplicit =
    decided.requirement === "deny" || (decided.route?.conditions?.contentTypes ?? null) !== null;
  return accept === null || isExplicit
    ? decided
    : { kind: "refused", reason: "unsupported_content_type", accept };
}

/** Judges every combination of what origins may take the candidates for, and gives the strictest outcome. */
function decideAllWorlds(
  policy: Policy,
  method: string,
  reading: string,
  candidates: readonly Candidate[],
): Judgement {
  const worlds = candidates.reduce((count, { standings }) => count * standings.length, 1);
  if (worlds > MAX_WORLDS) {
    return AMBIGUOUS;
  }
  let strictest: Judgement | null = null;
  for (let world = 0; world < worlds; world += 1) {
    let rest = world;
    const standings = candidates.map(({ standings: possible }) => {
      const standing = possible[rest % possible.length] ?? "in";
      rest = Math.floor(rest / possible.length);
      return standing;
    });
    const found = decide(policy, method, reading, candidates, standings);
    strictest = strictest === null ? found : stricter(strictest, found);
  }
  return strictest ?? AMBIGUOUS;
}

/** The names of query fields that any route on this path depends on, for a request that can also name them in its body. */
function namesThatDecide(candidates: readonly Candidate[], subject: Subject): readonly string[] {
  const names = candidates.flatMap(({ route }) => route.conditions?.query.map(({ name }) => name) ?? []);
  return names.length === 0 || !mayHaveBody(subject) ? NO_NAMES : [...new Set(names)];
}

/**
 * What is required under one reading of the path (design decision 2), compared with or without regard to case: the
 * first route that matches decides, else the default. Where origins may take a condition either way, the stricter
 * outcome counts.
 */
export function judgeReading(policy: Policy, subject: Subject, reading: string, folded: boolean): Judgement {
  const segments = splitPath(reading);
  const candidates = candidatesOf(policy, subject, segments, folded ? segments.map(foldCase) : null);
  if (candidates.length === 0) {
    return judgedAs(policy, null, NO_PARAMETERS, reading);
  }
  if (!policy.hasConditions) {
    return decide(policy, subject.method, reading, candidates, null);
  }
  const found = decideAllWorlds(policy, subject.method, reading, candidates);
  const names = namesThatDecide(candidates, subject);
  return found.kind === "refused" || names === NO_NAMES ? found : { ...found, bodyMustNotName: names };
}
