import type { Tracked } from "../authsignal/port.ts";
import type { SignInClient } from "./config.ts";
import type { FirstFactor } from "./progress.ts";
import type { Refusal } from "./refusal.ts";

/** What one answer of Authsignal means for a sign-in. */
export type Decision =
  | { readonly kind: "challenge" }
  | { readonly kind: "allowed" }
  | { readonly kind: "enrolment" }
  | ({ readonly kind: "refuse" } & Refusal);

/**
 * Reads Authsignal's answer. ALLOW is not a proof: without a password proven in this very session nobody is let in by
 * it, and after one only a user who could have been challenged is, unless the configuration says otherwise and why.
 */
export function decideRound(tracked: Tracked, client: SignInClient, firstFactor: FirstFactor): Decision {
  switch (tracked.state) {
    case "CHALLENGE_REQUIRED":
      return { kind: "challenge" };
    case "BLOCK":
      return refuse("blocked", "BLOCK");
    case "REVIEW_REQUIRED":
      return refuse("review_required", "REVIEW_REQUIRED");
    case "unknown":
      return refuse("sign_in_unavailable", "unknown_state");
    case "ALLOW":
      return tracked.isEnrolled ? allowEnrolled(firstFactor) : allowUnenrolled(client, firstFactor);
    default:
      return tracked.state satisfies never;
  }
}

function allowEnrolled(firstFactor: FirstFactor): Decision {
  return firstFactor === "none"
    ? refuse("sign_in_failed", "the action's rules must answer CHALLENGE: nothing else says who is asking")
    : { kind: "allowed" };
}

function allowUnenrolled({ unenrolled }: SignInClient, firstFactor: FirstFactor): Decision {
  if (firstFactor === "none") {
    return refuse("enrolment_required", "not_enrolled");
  }
  switch (unenrolled) {
    case "allow":
      return { kind: "allowed" };
    case "enroll":
      return { kind: "enrolment" };
    case "deny":
    case "verified-address":
      return refuse("enrolment_required", "not_enrolled");
    default:
      return unenrolled satisfies never;
  }
}

function refuse(code: Refusal["code"], reason: string): Decision {
  return { kind: "refuse", code, reason };
}
