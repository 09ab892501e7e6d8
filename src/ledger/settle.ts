import { moveChallenge } from "./challenges.ts";
import { giveGrant } from "./grants.ts";
import type { ChallengeId, ChallengeState, ChallengeView, SessionFacts, Settlement } from "./port.ts";

const MS_PER_SECOND = 1000;
/** How long a request may still be released after its review. */
const RELEASE_MS = 10 * 60 * MS_PER_SECOND;

/** Moves a challenge as Authsignal says, with what is known of how; gives the state it is in afterwards. */
export function settleChallenge(
  sql: SqlStorage,
  facts: SessionFacts,
  view: ChallengeView,
  outcome: Settlement,
  nowMs: number,
): ChallengeState {
  if (!moveChallenge(sql, view, outcome.state, "settle")) {
    return view.state;
  }
  if (outcome.state === "failed") {
    sql.exec(`UPDATE challenge SET failure = ? WHERE id = ?`, outcome.failure ?? "not_passed", view.id);
  }
  if (outcome.state === "succeeded") {
    const { verificationMethod: method, factorSinceMs } = outcome;
    sql.exec(
      `UPDATE challenge SET verification_method = ?, completed_at_ms = ?, factor_since_ms = ? WHERE id = ?`,
      method ?? null,
      nowMs,
      factorSinceMs ?? null,
      view.id,
    );
    if (view.kind === "review") {
      // It may have ended late, and the person releases the request by hand.
      sql.exec(
        `UPDATE challenge SET expires_at_ms = max(expires_at_ms, ?) WHERE id = ?`,
        nowMs + RELEASE_MS,
        view.id,
      );
    }
    if (view.kind === "step-up") {
      const since = factorSinceMs === undefined ? {} : { factorSinceMs };
      giveGrant(sql, facts, { action: view.action, method, atMs: nowMs, ...since });
    }
  }
  return outcome.state;
}

/** Takes the right to ask about a pending review, which comes back after a while. */
export function claimAsking(sql: SqlStorage, id: ChallengeId, everySeconds: number, nowMs: number): boolean {
  const claimed = sql.exec(
    `UPDATE challenge SET asked_at_ms = ? WHERE id = ? AND coalesce(asked_at_ms, 0) <= ?`,
    nowMs,
    id,
    nowMs - everySeconds * MS_PER_SECOND,
  );
  return claimed.rowsWritten > 0;
}
