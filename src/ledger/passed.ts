import { moveChallenge, readChallenge } from "./challenges.ts";
import type { ChallengeId, Opening } from "./port.ts";

/**
 * Ends what was passed, or let through, at or before a time and has not been released yet: it counts no longer, and
 * its request can be tried again with another check. What was kept stays kept.
 *
 * @param kinds of these only.
 */
export function endPassed(
  sql: SqlStorage,
  kinds: readonly Opening["kind"][],
  atMs: number,
  nowMs: number,
): void {
  const passed = sql
    .exec<{ id: string }>(
      // Without a time of its own where Authsignal, asked again after an enrolment, asked for nothing.
      `SELECT id FROM challenge
       WHERE state = 'succeeded' AND expires_at_ms > ? AND coalesce(completed_at_ms, created_at_ms) <= ?`,
      nowMs,
      atMs,
    )
    .toArray();
  for (const { id } of passed) {
    // Written by this room from a ChallengeId.
    const found = readChallenge(sql, id as ChallengeId, nowMs);
    if (
      found !== undefined &&
      kinds.includes(found.view.kind) &&
      moveChallenge(sql, found.view, "failed", "react")
    ) {
      sql.exec(`UPDATE challenge SET failure = 'demanded_again' WHERE id = ?`, id);
    }
  }
}
