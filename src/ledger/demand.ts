import { countsFor } from "./counting.ts";
import type { ChallengeView } from "./port.ts";

/** What a route asks of a proof, besides that there is one. */
export interface Demand {
  /** The verification methods that count; when absent, those that `countsFor` lets count by themselves. */
  readonly methods: readonly string[] | undefined;
  /** How long the authenticator must have existed when it was used. */
  readonly factorAgeSeconds: number | undefined;
  /** Whether a request may be released that nobody proved anything for: Authsignal allowed it, or a review did. */
  readonly acceptsUnproven: boolean;
}

/** A step-up that was passed, or a request that was let through without one. */
export interface Passed {
  readonly kind: ChallengeView["kind"];
  readonly method: string | undefined;
  /** When it was passed; absent where Authsignal, asked again after an enrolment, asked for nothing. */
  readonly atMs: number | undefined;
  readonly factorSinceMs: number | undefined;
}

const MS_PER_SECOND = 1000;

/**
 * Whether what was passed is enough for a route as the policy is now. What is not known counts as not met: a method
 * that Authsignal did not name, or the age of a factor that no route asked about when it was used.
 */
export function meets(passed: Passed, demand: Demand): boolean {
  if (passed.kind === "enrolment") {
    return false; // enrolling is not the check
  }
  if (passed.kind === "review" || passed.atMs === undefined) {
    return demand.acceptsUnproven;
  }
  const { methods, factorAgeSeconds } = demand;
  return (
    countsFor(methods, passed.method) && isOldEnough(passed.factorSinceMs, passed.atMs, factorAgeSeconds)
  );
}

/** Whether an authenticator had existed long enough when it was used. */
export function isOldEnough(
  sinceMs: number | undefined,
  usedAtMs: number,
  ageSeconds: number | undefined,
): boolean {
  return (
    ageSeconds === undefined || (sinceMs !== undefined && usedAtMs - sinceMs >= ageSeconds * MS_PER_SECOND)
  );
}

/** What a challenge that was passed shows. */
export function passedOf(
  view: Pick<ChallengeView, "kind" | "verificationMethod" | "completedAtMs" | "factorSinceMs">,
): Passed {
  return {
    kind: view.kind,
    method: view.verificationMethod,
    atMs: view.completedAtMs,
    factorSinceMs: view.factorSinceMs,
  };
}
