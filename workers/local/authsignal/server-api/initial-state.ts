import type { Method, Outcome, UserActionState } from "../model.ts";
import type { Switches } from "../switches.ts";

/**
 * The state in which an action begins (reference 7.1). A challenge is only for those who can answer one: without an
 * authenticator the answer is ALLOW. With authenticators of other methods only, it is a choice.
 */
export function initialState(
  outcome: Outcome,
  enrolled: readonly Method[],
  allowed: readonly Method[],
  withoutAllowedMethod: Switches["withoutAllowedMethod"],
): UserActionState {
  switch (outcome) {
    case "ALLOW":
      return "ALLOW";
    case "BLOCK":
      return "BLOCK";
    case "REVIEW":
      return "REVIEW_REQUIRED";
    case "CHALLENGE": {
      if (enrolled.length === 0) {
        return "ALLOW";
      }
      const isAnswerable = enrolled.some((method) => allowed.includes(method));
      return isAnswerable ? "CHALLENGE_REQUIRED" : STATE_WITHOUT_METHOD[withoutAllowedMethod];
    }
    default:
      return outcome satisfies never;
  }
}

const STATE_WITHOUT_METHOD: Readonly<Record<Switches["withoutAllowedMethod"], UserActionState>> = {
  challenge: "CHALLENGE_REQUIRED",
  allow: "ALLOW",
  block: "BLOCK",
};
