import type { Context } from "../context.ts";
import type { TrackedAction } from "../model.ts";

/**
 * Makes a challenge that was started before count for an action that is tracked now (reference 2.5). Verified already,
 * it settles the action at once, when the action asks for a challenge and the method counts (a choice).
 */
export function bindChallenge(
  { store, challenges, nowMs }: Context,
  action: TrackedAction,
  challengeId: string,
): void {
  const challenge = challenges.get(challengeId);
  if (challenge === undefined) {
    return;
  }
  challenge.userId = action.userId;
  challenge.actionCode = action.actionCode;
  challenge.idempotencyKey = action.idempotencyKey;
  const counts =
    challenge.isVerified &&
    challenge.expiresAtMs > nowMs() &&
    action.allowedVerificationMethods.includes(challenge.verificationMethod);
  if (counts && action.outcome === "CHALLENGE" && action.state !== "BLOCK") {
    challenge.isClaimed = true;
    action.verificationMethod = challenge.verificationMethod;
    store.setActionState(action, "CHALLENGE_SUCCEEDED");
  }
}
