import type { Tracked } from "../authsignal/port.ts";
import type { StepUpRoute } from "../policy/schema.ts";

/** What follows from Authsignal's answer. */
export type Decision =
  | { readonly kind: "forward" }
  | { readonly kind: "challenge" }
  /** Allowed, and the route wants a challenge all the same. */
  | { readonly kind: "force" }
  /** Somebody looks at it, and the request waits. */
  | { readonly kind: "review" }
  | { readonly kind: "enrol" }
  /** Enrolment needs a sign-in younger than this: whoever enrols must be the person, not a thief of the session. */
  | { readonly kind: "sign-in-first"; readonly maxAgeSeconds: number }
  | {
      readonly kind: "refuse";
      readonly code: "blocked" | "review_required" | "enrolment_required" | "step_up_unavailable";
    };

/** How old a sign-in may be when an authenticator is enrolled (design decision 6). */
export const ENROLMENT_SIGN_IN_SECONDS = 300;

/**
 * Decides from a validated answer of `track`. ALLOW is not enough: Authsignal says it of every user who has no
 * authenticator (design decision 6, authsignal.md 0.1). A state nobody knows is refused.
 */
export function decide(
  tracked: Pick<Tracked, "state" | "isEnrolled">,
  route: Pick<StepUpRoute, "unenrolled" | "fresh" | "review">,
  signInAgeSeconds: number,
): Decision {
  switch (tracked.state) {
    case "ALLOW":
      return tracked.isEnrolled ? decideAllowed(route.fresh) : decideUnenrolled(route, signInAgeSeconds);
    case "CHALLENGE_REQUIRED":
      return { kind: "challenge" };
    case "BLOCK":
      return { kind: "refuse", code: "blocked" };
    case "REVIEW_REQUIRED":
      return route.review === "wait" && route.fresh !== "once"
        ? { kind: "review" }
        : { kind: "refuse", code: "review_required" };
    case "unknown":
      return { kind: "refuse", code: "step_up_unavailable" };
  }
}

function decideAllowed(fresh: StepUpRoute["fresh"]): Decision {
  return fresh === "once" ? { kind: "force" } : { kind: "forward" };
}

function decideUnenrolled(
  { unenrolled, fresh }: Pick<StepUpRoute, "unenrolled" | "fresh">,
  signInAgeSeconds: number,
): Decision {
  switch (unenrolled) {
    case "allow":
      // There is nothing to challenge with: `policy check` refuses the two together, and so does this.
      return fresh === "once" ? { kind: "refuse", code: "enrolment_required" } : { kind: "forward" };
    case "deny":
      return { kind: "refuse", code: "enrolment_required" };
    case "enroll":
      return signInAgeSeconds < ENROLMENT_SIGN_IN_SECONDS
        ? { kind: "enrol" }
        : { kind: "sign-in-first", maxAgeSeconds: ENROLMENT_SIGN_IN_SECONDS };
  }
}
