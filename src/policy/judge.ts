import type { Subject } from "./conditions.ts";
import { frameworkReadings, type FrameworkReading } from "./framework-readings.ts";
import { judgeReading, NO_PARAMETERS } from "./judge-reading.ts";
import type { Judgement, RouteJudgement } from "./judgement.ts";
import type { Policy } from "./parse.ts";
import { foldCase, splitPath } from "./pattern.ts";
import { decodePercent } from "./percent.ts";
import { readings } from "./readings.ts";
import { AMBIGUOUS, stricter } from "./strictness.ts";
import type { Target } from "./target.ts";

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
