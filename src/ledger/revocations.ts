import type { SessionId } from "../identity/principal.ts";
import { isEndedBesides } from "./besides.ts";
import type { Revocation, SessionFacts } from "./port.ts";

const MS_PER_SECOND = 1000;

/**
 * Whether a sign-in is over: it happened at or before a revocation of the user, or its session was ended.
 * `auth_time` has whole seconds only, so the second of the revocation counts as before it (design decision 13).
 */
export function isRevoked(sql: SqlStorage, facts: SessionFacts): boolean {
  const rows = sql
    .exec<{ scope: string; before_ms: number }>(
      `SELECT scope, before_ms FROM revocation WHERE scope IN ('user', ?)`,
      facts.session,
    )
    .toArray();
  return (
    rows.some(
      (row) => row.scope !== "user" || facts.authTimeSeconds <= Math.floor(row.before_ms / MS_PER_SECOND),
    ) || isEndedBesides(sql, facts)
  );
}

/**
 * Whether a new session comes of the very sign-in that an ended session came of. Managed login's own cookie makes such
 * sessions without a word, with the `auth_time` of the person's real sign-in: the ended device would be back at once.
 */
export function isSignInEnded(sql: SqlStorage, { authTimeSeconds }: SessionFacts): boolean {
  return (
    sql.exec(`SELECT 1 FROM revocation WHERE auth_time_seconds = ? LIMIT 1`, authTimeSeconds).toArray()
      .length > 0
  );
}

/** Marks an effect as applied; false when it was before. Runs in the same transaction as the effect itself. */
export function markOnce(sql: SqlStorage, id: string, nowMs: number): boolean {
  return sql.exec(`INSERT OR IGNORE INTO effect VALUES (?, ?)`, id, nowMs).rowsWritten > 0;
}

/** Writes a revocation and drops what it ends: sessions, challenges with their kept requests, and grants. */
export function applyRevocation(sql: SqlStorage, revocation: Revocation, nowMs: number): void {
  const { scope, beforeMs, reason } = revocation;
  sql.exec(
    `INSERT INTO revocation (scope, before_ms, reason, at_ms, auth_time_seconds)
     VALUES (?1, ?2, ?3, ?4, (SELECT auth_time_seconds FROM session WHERE id = ?1 AND ?5 = 0))
     ON CONFLICT (scope) DO UPDATE SET before_ms = max(before_ms, ?2), reason = ?3, at_ms = max(at_ms, ?4)`,
    scope,
    beforeMs,
    reason,
    nowMs,
    revocation.endsManagedLogin === true ? 1 : 0,
  );
  if (scope === "user") {
    endSessions(sql, beforeMs, undefined);
  } else {
    forgetSession(sql, scope);
  }
}

/**
 * Drops everything of the sessions that signed in at or before a time; one is spared. Of a session that was never
 * recorded nobody knows when that was: it is over if anything of it began by then. One that is known to have signed in
 * later keeps all it has: an enrolment that waited for that sign-in is older than it.
 */
export function endSessions(sql: SqlStorage, beforeMs: number, spared: SessionId | undefined): void {
  const sessions = new Set(
    sql
      .exec<{ session: string }>(
        `SELECT id AS session FROM session WHERE auth_time_seconds <= ?1
         UNION SELECT session FROM (
           SELECT session FROM challenge WHERE created_at_ms <= ?2
           UNION SELECT session FROM grant_given WHERE at_ms <= ?2
         ) WHERE session NOT IN (SELECT id FROM session WHERE auth_time_seconds > ?1)`,
        Math.floor(beforeMs / MS_PER_SECOND),
        beforeMs,
      )
      .toArray()
      .map((row) => row.session),
  );
  for (const session of sessions) {
    if (session !== spared) {
      forgetSession(sql, session);
    }
  }
}

function forgetSession(sql: SqlStorage, session: string): void {
  sql.exec(`DELETE FROM session WHERE id = ?`, session);
  sql.exec(`DELETE FROM kept WHERE challenge IN (SELECT id FROM challenge WHERE session = ?)`, session);
  sql.exec(`DELETE FROM challenge WHERE session = ?`, session);
  sql.exec(`DELETE FROM grant_given WHERE session = ?`, session);
}
