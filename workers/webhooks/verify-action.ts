import type { EventQueue } from "../../src/events/enqueue.ts";
import type { AuthsignalEvent } from "../../src/events/event.ts";
import type { ReactingLedger } from "../../src/events/react.ts";
import type { Sub } from "../../src/identity/principal.ts";
import { parseChallengeId, type Ledger } from "../../src/ledger/port.ts";
import type { Policy } from "../../src/policy/parse.ts";
import { atMost } from "./at-most.ts";
import type { Receiver } from "./receiver.ts";
import { applyAtOnce, isInQueue } from "./take-in.ts";

type VerifyEvent = Extract<AuthsignalEvent, { kind: "action-verify" }>;

/** What is answered to `action.verify` when the ledger does not answer (ACTION_VERIFY_ON_FAILURE). */
export type OnFailure = "refuse" | "accept";

/** Why a challenge may not be completed; for the record only. */
export type Verdict =
  | { readonly accepted: true; readonly reason?: string }
  | { readonly accepted: false; readonly reason: string };

/** Authsignal waits for the answer, and gives up after a time that it does not document: a second in all is safe. */
const POLICY_MS = 400;
const LEDGER_MS = 400;
const AFTER_MS = 150;

/** What an answer needs besides the receiver. */
export interface VerifyContext {
  readonly ledgerOf: (sub: Sub) => ReactingLedger & Pick<Ledger, "verifying">;
  readonly queue: EventQueue;
  readonly later: (work: Promise<unknown>) => void;
}

/**
 * Answers `action.verify` in under a second: whether Authsignal may complete the challenge. Then the event is queued,
 * and what the policy does about it is applied to the ledger, accepted or not: after the verdict, since a challenge that
 * a reaction ends was still open when Authsignal asked. The answer does not depend on the queue: a challenge must not
 * fail because of it. That it did not take the event is recorded.
 */
export async function answerVerify(
  event: VerifyEvent,
  requestId: string,
  receiver: Pick<Receiver, "policies" | "record" | "verifyOnFailure">,
  { ledgerOf, queue, later }: VerifyContext,
): Promise<boolean> {
  const { record, verifyOnFailure } = receiver;
  const { sub, action } = event;
  const policy = await atMost(Promise.resolve(receiver.policies.current(later)), POLICY_MS);
  const deciding = verdictOn(event, policy, ledgerOf, verifyOnFailure);
  // Also where Authsignal does not wait for the answer.
  const queued = deciding.then(() => isInQueue([event], queue));
  later(queued);
  const verdict = await deciding;
  if (verdict.reason !== undefined) {
    record({
      event: verdict.accepted ? "event_received" : "refused",
      requestId,
      sub,
      action,
      reason: `action.verify: ${verdict.reason}`,
    });
  }
  const [isQueued] = await Promise.all([
    atMost(queued, AFTER_MS),
    policy && applyAtOnce([event], policy, AFTER_MS, { ledgerOf, later, record }),
  ]);
  if (isQueued !== true) {
    record({ event: "event_refused", requestId, reason: "not_durable" });
  }
  return verdict.accepted;
}

/**
 * Whether Authsignal may complete a challenge, from the ledger alone (design decision 14). Refused are challenges that
 * are over, and unknown ones of actions that the gateway starts itself: they were never opened, or were dropped with
 * their session by a revocation. Other actions belong to sign-in: a revoked user must be able to sign in again. While
 * no policy can be used, nobody can tell what is whose; only what is open or over is known then.
 */
export async function verdictOn(
  event: VerifyEvent,
  policy: Policy | undefined,
  ledgerOf: (sub: Sub) => Pick<Ledger, "verifying">,
  onFailure: OnFailure,
): Promise<Verdict> {
  if (policy !== undefined && !isStartedHere(event.action, policy)) {
    return { accepted: true };
  }
  const id = parseChallengeId(event.idempotencyKey);
  if (id === undefined) {
    return policy === undefined
      ? withoutPolicy(onFailure)
      : { accepted: false, reason: "no challenge of the gateway" };
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
      // It may be a sign-in's.
      if (policy === undefined) {
        return withoutPolicy(onFailure);
      }
      return { accepted: false, reason: "unknown challenge" };
    case undefined:
      return { accepted: onFailure === "accept", reason: "the ledger did not answer" };
  }
}

function withoutPolicy(onFailure: OnFailure): Verdict {
  return { accepted: onFailure === "accept", reason: "no policy can be used" };
}

function isStartedHere(action: string, policy: Policy): boolean {
  return policy.routes.some(
    ({ definition }) => definition.require === "step-up" && definition.action === action,
  );
}
