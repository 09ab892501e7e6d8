import type { ValidatedSignIn } from "../authsignal/sign-in.ts";
import type { Sub } from "../identity/principal.ts";
import { countsFor } from "../ledger/counting.ts";
import type { SignInClient } from "./config.ts";

/** The one round that a token may complete, as Create fixed it. */
export interface BoundRound {
  readonly sub: Sub;
  readonly key: string;
  readonly kind: "challenge" | "allowed";
  /** `tokenDigest` of the token that the round began with. */
  readonly starter: string;
}

/**
 * Whether a validated token completes a round: same user, action and key; the challenge succeeded, by a method that
 * counts, and the token came of it. The token that `track` gave is no proof of a challenge: whoever began the round
 * has it, and Authsignal calls it succeeded as soon as anybody approves. For `allowed` it is the only one there is.
 *
 * @param digest `tokenDigest` of the token that was validated.
 * @returns what is wrong, or `undefined`.
 */
export function completionProblem(
  validated: ValidatedSignIn,
  round: BoundRound,
  digest: string | undefined,
  { action, methods }: Pick<SignInClient, "action" | "methods">,
): string | undefined {
  if (digest === undefined) {
    return "not_canonical";
  }
  if (validated.userId !== round.sub || validated.action !== action) {
    return "other_user_or_action";
  }
  if (validated.idempotencyKey !== round.key) {
    return "other_round";
  }
  const isStarter = digest === round.starter;
  switch (round.kind) {
    case "allowed":
      return validated.state === "ALLOW" && isStarter ? undefined : "not_allowed";
    case "challenge":
      if (isStarter) {
        return "starter";
      }
      if (validated.state !== "CHALLENGE_SUCCEEDED") {
        return "not_succeeded";
      }
      return countsFor(methods, validated.verificationMethod) ? undefined : "method";
    default:
      return round.kind satisfies never;
  }
}
