import type { SessionId } from "../identity/principal.ts";
import { endSessions } from "./revocations.ts";

/** Ends every session of the user that signed in at or before a time, but one. */
export function revokeOthers(sql: SqlStorage, spared: SessionId, beforeMs: number, reason: string): void {
  sql.exec(
    `INSERT INTO revocation_besides VALUES (?1, ?2, ?3)
     ON CONFLICT (spared) DO UPDATE SET before_ms = max(before_ms, ?2), reason = ?3`,
    spared,
    beforeMs,
    reason,
  );
  endSessions(sql, beforeMs, spared);
}

/** The session that a challenge belongs to, if the gateway started it and still knows it. */
export function sessionOfChallenge(sql: SqlStorage, id: string): SessionId | undefined {
  // Written by this room from a SessionId.
  return sql.exec<{ session: string }>(`SELECT session FROM challenge WHERE id = ?`, id).toArray()[0]
    ?.session as SessionId | undefined;
}

/**
 * The one session that is enrolling an authenticator at a time: the person who added one is there. Undefined when
 * none or several are.
 */
export function enrollingSession(sql: SqlStorage, atMs: number): SessionId | undefined {
  const [only, ...others] = sql
    .exec<{ session: string }>(
      `SELECT DISTINCT session FROM challenge WHERE kind = 'enrolment' AND created_at_ms <= ?1 AND expires_at_ms > ?1`,
      atMs,
    )
    .toArray();
  return others.length === 0 ? (only?.session as SessionId | undefined) : undefined;
}
