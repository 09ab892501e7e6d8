import type { AuditRecord } from "../audit/record.ts";
import type { ChallengeApi } from "../authsignal/port.ts";
import type { Principal } from "../identity/principal.ts";
import type { ChallengeState, ChallengeView, Ledger } from "../ledger/port.ts";
import type { ActionCode } from "../policy/schema.ts";

/** Authsignal is asked about one review this often at most, however many pages and programs wait for it. */
export const ASK_EVERY_SECONDS = 4;
const MIN_REFRESH_SECONDS = 5;
const MAX_REFRESH_SECONDS = 60;
/** Who has waited long waits a little longer between two looks. */
const REFRESH_SHARE = 10;

export interface ReviewPorts {
  readonly ledger: Ledger;
  readonly authsignal: ChallengeApi;
  readonly record: AuditRecord;
}

/**
 * Asks Authsignal now and then what became of a review. Only REVIEW_SUCCEEDED ends it well, and releases nothing by
 * itself: the person does, who may have thought better of it. Everything but that and REVIEW_REQUIRED ends it, since
 * somebody decided otherwise. An Authsignal that does not answer leaves it waiting.
 *
 * @returns the state afterwards.
 */
export async function lookAtReview(
  requestId: string,
  principal: Principal,
  challenge: ChallengeView,
  ports: ReviewPorts,
): Promise<ChallengeState> {
  const { ledger, authsignal, record } = ports;
  if (challenge.kind !== "review" || challenge.state !== "pending") {
    return challenge.state;
  }
  if (!(await ledger.mayAsk(principal, challenge.id, ASK_EVERY_SECONDS))) {
    return challenge.state;
  }
  // The action was an ActionCode when the challenge opened; the ledger keeps it as text.
  const action = challenge.action as ActionCode;
  const asked = await authsignal.stateOf({ userId: principal.sub, action, idempotencyKey: challenge.id });
  if (!asked.ok || asked.value === "REVIEW_REQUIRED") {
    return challenge.state;
  }
  const { route, id } = challenge;
  const facts = { requestId, sub: principal.sub, route, action, challenge: id };
  const succeeded = asked.value === "REVIEW_SUCCEEDED";
  record(
    succeeded
      ? { event: "completed", ...facts, reason: "review" }
      : { event: "refused", ...facts, reason: "review_refused" },
  );
  const settled = await ledger.settle(
    principal,
    id,
    succeeded
      ? { state: "succeeded", verificationMethod: undefined }
      : { state: "failed", failure: "review_refused" },
  );
  return settled ?? "expired";
}

/** When a page that waits for a review looks again. */
export function refreshSeconds({ createdAtMs }: ChallengeView, nowMs: number): number {
  const waited = Math.floor((nowMs - createdAtMs) / 1000 / REFRESH_SHARE);
  return Math.min(MAX_REFRESH_SECONDS, Math.max(MIN_REFRESH_SECONDS, waited));
}
