import { fitOf, fitOfContentType, mayHaveBody } from "./conditions.ts";
import type { Fit, Subject } from "./conditions.ts";
import { frameworkReadings, type FrameworkReading } from "./framework-readings.ts";
import type { Judgement, RouteJudgement } from "./judgement.ts";
import type { CompiledRoute, CompiledStepUpRoute, Policy } from "./parse.ts";
import { foldCase, matchPattern, splitPath } from "./pattern.ts";
import type { PathParameters } from "./pattern.ts";
import { decodePercent } from "./percent.ts";
import { readings } from "./readings.ts";
import { AMBIGUOUS, methodsAllowedBeside, SAFE_METHODS, stricter } from "./strictness.ts";
import type { Target } from "./target.ts";

/** How a route stands to a request whose path it matches: it takes it, all but its content type, or not at all. */
type Standing = "in" | "wrong-type" | "out";

/** A route that matches the path of a reading, and every way in which origins may see its conditions. */
interface Candidate {
  readonly route: CompiledRoute;
  readonly params: PathParameters;
  readonly standings: readonly Standing[];
}

const NO_PARAMETERS: PathParameters = Object.freeze({});
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

/** What is required under one reading, compared with or without regard to case. */
function judgeReading(policy: Policy, subject: Subject, reading: string, folded: boolean): Judgement {
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

/** Whether a route names the last segment of the path that it decided on. */
function isNamed(found: Judgement, path: string): boolean {
  return (
    found.kind === "route" && found.route?.pattern.segments[splitPath(path).length - 1]?.kind === "literal"
  );
}

/** What is required where frameworks take the path for one that a route speaks of; null where none does. */
function judgeForFrameworks(
  policy: Policy,
  subject: Subject,
  found: readonly FrameworkReading[],
): Judgement | null {
  let strictest: Judgement | null = null;
  for (const { path, nameOf } of found) {
    for (const folded of [false, true]) {
      const judgement = judgeReading(policy, subject, path, folded);
      const isSpokenOf =
        judgement.kind === "refused" ||
        (nameOf === undefined ? judgement.route !== null : isNamed(judgement, path));
      if (isSpokenOf) {
        strictest = strictest === null ? judgement : stricter(strictest, judgement);
      }
    }
  }
  return strictest;
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

/** One way to read a path, and what it requires. */
export interface ReadingJudgement {
  readonly reading: string;
  /** Compared without regard to case. */
  readonly isFolded: boolean;
  readonly judgement: Judgement;
}

/** What each reading of a request requires by itself, for people who ask why; empty when there are too many. */
export function judgeEachReading(
  policy: Policy,
  method: string,
  target: Target,
  headers: Headers,
): readonly ReadingJudgement[] {
  const all = readings(target.pathname);
  const frameworks = all.ok ? frameworkReadings(all.value) : all;
  const paths = all.ok && frameworks.ok ? [...all.value, ...frameworks.value.map(({ path }) => path)] : [];
  const subject: Subject = { method: method === "HEAD" ? "GET" : method, target, headers };
  return paths.flatMap((reading) =>
    [false, true].map((isFolded) => ({
      reading,
      isFolded,
      judgement: judgeReading(policy, subject, reading, isFolded),
    })),
  );
}

/**
 * Judges a request (design decisions 1 and 2). Under each reading of the path the first route that matches decides,
 * else the default; over all readings, and what frameworks make of them, the strictest wins: deny, then refusal, step-up, sign-in, nothing. Two readings
 * that meet requirements of which neither includes the other are refused, as is a path with too many readings.
 *
 * Conditions on query, headers and content type have readings too: what only some origins would take for a match is
 * judged both ways, and the stricter outcome counts.
 *
 * Methods: `HEAD` is judged as `GET`. Where a step-up route matches but for its method, an unsafe method that no route
 * lists for that path is refused with 405 (a route without `methods` does not list any); `GET`, `HEAD` and `OPTIONS`
 * that it does not list fall through to the later routes and the default. Where it matches but for its content type, an
 * unsafe method is refused with 415, unless the route that takes the request lists content types itself.
 */
export function judge(policy: Policy, method: string, target: Target, headers: Headers): Judgement {
  const { pathname } = target;
  const all = readings(pathname);
  const frameworks = all.ok ? frameworkReadings(all.value) : all;
  if (!all.ok || !frameworks.ok) {
    return AMBIGUOUS;
  }
  const subject: Subject = { method: method === "HEAD" ? "GET" : method, target, headers };
  let strictest: Judgement | null = null;
  let further = frameworks.value;
  for (const reading of all.value) {
    const isFoldable = policy.hasFoldablePatterns || foldCase(reading) !== reading;
    for (const folded of isFoldable ? [false, true] : [false]) {
      const found = judgeReading(policy, subject, reading, folded);
      const next = found.kind === "route" ? withDecodedParameters(found, pathname) : found;
      if (!folded && isNamed(found, reading)) {
        further = further.filter(({ nameOf }) => nameOf !== reading); // the policy itself says what `/report.pdf` needs
      }
      strictest = strictest === null ? next : stricter(strictest, next);
    }
  }
  const framework = further.length === 0 ? null : judgeForFrameworks(policy, subject, further);
  return strictest === null ? AMBIGUOUS : framework === null ? strictest : stricter(strictest, framework);
}
