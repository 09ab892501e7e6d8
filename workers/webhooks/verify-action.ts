import type { AuthsignalEvent } from "../../src/events/event.ts";
import type { Sub } from "../../src/identity/principal.ts";
import { parseChallengeId, type Ledger } from "../../src/ledger/port.ts";
import type { Policy } from "../../src/policy/parse.ts";
import { atMost } from "./at-most.ts";

/** What is answered to `action.verify` when the ledger does not answer (ACTION_VERIFY_ON_FAILURE). */
export type OnFailure = "refuse" | "accept";

/** Why a challenge may not be completed; for the record only. */
export type Verdict =
  | { readonly accepted: true; readonly reason?: string }
  | { readonly accepted: false; readonly reason: string };

/** Authsignal waits for the answer, and gives up after a time that it does not document: a second is safe. */
const LEDGER_MS = 700;

/**
 * Whether Authsignal may complete a challenge, from the ledger alone (design decision 14). Refused are challenges that
 * are over, and unknown ones of actions that the gateway starts itself: they were never opened, or were dropped with
 * their session by a revocation. Other actions belong to sign-in: a revoked user must be able to sign in again.
 */
export async function verdictOn(
  event: Extract<AuthsignalEvent, { kind: "action-verify" }>,
  policy: Policy,
  ledgerOf: (sub: Sub) => Pick<Ledger, "verifying">,
  onFailure: OnFailure,
): Promise<Verdict> {
  if (!isStartedHere(event.action, policy)) {
    return { accepted: true };
  }
  const id = parseChallengeId(event.idempotencyKey);
  if (id === undefined) {
    return { accepted: false, reason: "no challenge of the gateway" };
  }
  const state = await atMost(
    ledgerOf(event.sub)
      .verifying(id, event.action)
      .catch(() => undefined),
    LEDGER_MS,
  );
  switch (state) {
    case "open":
      return { accepted: true };
    case "over":
      return { accepted: false, reason: "the challenge is over" };
    case "unknown":
      return { accepted: false, reason: "unknown challenge" };
    case undefined:
      return { accepted: onFailure === "accept", reason: "the ledger did not answer" };
  }
}

function isStartedHere(action: string, policy: Policy): boolean {
  return policy.routes.some(
    ({ definition }) => definition.require === "step-up" && definition.action === action,
  );
}
