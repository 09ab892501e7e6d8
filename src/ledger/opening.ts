import { forgetExpiredKept, insertChallenge, supersedeOldestGet } from "./challenges.ts";
import { lastGrant } from "./grants.ts";
import type { Opened, Opening, SessionFacts } from "./port.ts";
import { isRevoked } from "./revocations.ts";
import { stepUpDemandOf } from "./step-up-demand.ts";

/**
 * How many challenges a user may have open, or holding a kept request, at a time: a thief's script cannot fill the
 * ledger with kept requests, not by cancelling each either.
 */
const MAX_OPEN_CHALLENGES = 50;

/** Writes a new challenge, unless the session is over or the user has too many; what is kept too long is dropped first. */
export function openChallenge(sql: SqlStorage, facts: SessionFacts, opening: Opening, nowMs: number): Opened {
  if (isRevoked(sql, facts)) {
    return { ok: false, reason: "revoked" };
  }
  forgetExpiredKept(sql, nowMs);
  const { open } = sql
    .exec<{ open: number }>(
      `SELECT count(*) AS open FROM challenge WHERE expires_at_ms > ?
         AND (state IN ('opening', 'pending') OR EXISTS (SELECT 1 FROM kept WHERE kept.challenge = challenge.id))`,
      nowMs,
    )
    .one();
  // Any site can lead a browser to a sensitive GET: those give way to one another, and never use up the limit.
  if (open >= MAX_OPEN_CHALLENGES && !supersedeOldestGet(sql, facts.session, nowMs)) {
    return { ok: false, reason: "too_many" };
  }
  insertChallenge(sql, facts, opening, nowMs);
  return { ok: true, lastGrant: lastGrant(sql, facts), ...stepUpDemandOf(sql, facts) };
}
