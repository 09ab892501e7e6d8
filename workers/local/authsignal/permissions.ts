import type { Method, TrackedAction } from "./model.ts";

/** Whoever holds a token for an action. */
export interface TokenHolder {
  readonly action: TrackedAction;
  /** Space separated, from the token. */
  readonly scope: string;
}

/** The states in which a method may be tried. BLOCK, REVIEW_* and CHALLENGE_FAILED are final for the browser. */
const OPEN_STATES: readonly string[] = ["ALLOW", "CHALLENGE_REQUIRED", "CHALLENGE_SUCCEEDED"];

/** Whether a challenge may be begun and answered at all. */
export function mayVerify({ state }: TrackedAction): boolean {
  return OPEN_STATES.includes(state);
}

/** Whether a method counts for an action. */
export function isAllowed({ allowedVerificationMethods }: TrackedAction, method: Method): boolean {
  return allowedVerificationMethods.includes(method);
}

/**
 * Whether an authenticator may be added (reference section 4): the first with any token; another with the scope, or
 * after a completed challenge; none while a challenge is still owed.
 */
export function mayAdd({ action, scope }: TokenHolder, isEnrolled: boolean): boolean {
  switch (action.state) {
    case "ALLOW":
      return !isEnrolled || hasScope(scope, "add:authenticators");
    case "CHALLENGE_SUCCEEDED":
      return true;
    default:
      return false;
  }
}

/** Whether authenticators may be removed: with the scope and no challenge owed, or after a completed challenge. */
export function mayRemove({ action, scope }: TokenHolder): boolean {
  return (
    action.state === "CHALLENGE_SUCCEEDED" ||
    (action.state === "ALLOW" && hasScope(scope, "remove:authenticators"))
  );
}

/** Whether the list of authenticators may be seen: with the scope, or after a completed challenge. */
export function mayRead({ action, scope }: TokenHolder): boolean {
  return action.state === "CHALLENGE_SUCCEEDED" || hasScope(scope, "read:authenticators");
}

function hasScope(scope: string, wanted: string): boolean {
  return scope.split(" ").includes(wanted);
}
