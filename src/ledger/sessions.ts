import type { SessionId } from "../identity/principal.ts";
import type { Seen, SessionFacts, SessionView } from "./port.ts";
import { revokeOthers } from "./others.ts";
import { applyRevocation } from "./revocations.ts";

const MS_PER_SECOND = 1000;
/** A session's last use is written down no more often than this: reads stay reads. */
const NOTED_EVERY_MS = 10 * 60_000;
/** The newest; a script that signs in all day does not make the page endless. */
const MAX_LISTED = 100;

type Row = {
  id: string;
  auth_time_seconds: number;
  started_at_ms: number;
  seen_at_ms: number;
  expires_at_ms: number;
  user_agent: string;
  place: string;
  carrier: string;
};

/**
 * Notes that a session is in use, from where and by what. A browser's session ends with its cookie; a program may
 * come back for as long as its refresh token lives.
 *
 * @param lifeMs how long after a sign-in a token of it can still verify.
 * @returns whether anything was written.
 */
export function noteSeen(
  sql: SqlStorage,
  facts: SessionFacts,
  seen: Seen,
  nowMs: number,
  lifeMs: number,
): boolean {
  const known = sql
    .exec<{ seen_at_ms: number }>(`SELECT seen_at_ms FROM session WHERE id = ?`, facts.session)
    .toArray()[0];
  if (known !== undefined && nowMs - known.seen_at_ms < NOTED_EVERY_MS) {
    return false;
  }
  const tokenEndMs = seen.expiresAtSeconds * MS_PER_SECOND;
  const endMs =
    seen.carrier === "cookie"
      ? tokenEndMs
      : Math.max(tokenEndMs, facts.authTimeSeconds * MS_PER_SECOND + lifeMs);
  sql.exec(
    `INSERT INTO session (id, auth_time_seconds, started_at_ms, seen_at_ms, expires_at_ms, user_agent, place, carrier)
     VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7)
     ON CONFLICT (id) DO UPDATE SET
       seen_at_ms = ?3, expires_at_ms = max(expires_at_ms, ?4), user_agent = ?5, place = ?6, carrier = ?7`,
    facts.session,
    facts.authTimeSeconds,
    nowMs,
    endMs,
    seen.userAgent,
    seen.place,
    seen.carrier,
  );
  return true;
}

/** The sessions that may still be used, the latest first. */
export function listSessions(sql: SqlStorage, nowMs: number): SessionView[] {
  return sql
    .exec<Row>(
      `SELECT * FROM session WHERE expires_at_ms > ? ORDER BY seen_at_ms DESC, started_at_ms DESC LIMIT ?`,
      nowMs,
      MAX_LISTED,
    )
    .toArray()
    .map((row) => ({
      // Written by this file from a SessionId and a Carrier.
      id: row.id as SessionId,
      carrier: row.carrier as Seen["carrier"],
      signedInAtMs: row.auth_time_seconds * MS_PER_SECOND,
      seenAtMs: row.seen_at_ms,
      endsAtMs: row.expires_at_ms,
      userAgent: row.user_agent,
      place: row.place,
    }));
}

/** Ends one listed session. False when there is none of this id: nobody fills the ledger with ends of nothing. */
export function endListed(sql: SqlStorage, id: SessionId, reason: string, nowMs: number): boolean {
  if (
    sql.exec(`SELECT 1 FROM session WHERE id = ? AND expires_at_ms > ?`, id, nowMs).toArray().length === 0
  ) {
    return false;
  }
  applyRevocation(sql, { id, scope: id, beforeMs: nowMs, reason }, nowMs);
  return true;
}

/** Ends everything of the user but one session, listed or not; gives how many were listed. */
export function endAllOthers(sql: SqlStorage, spared: SessionId, reason: string, nowMs: number): number {
  const others = sql
    .exec<{ id: SessionId }>(`SELECT id FROM session WHERE id <> ? AND expires_at_ms > ?`, spared, nowMs)
    .toArray();
  const ended = others.filter(({ id }) => endListed(sql, id, reason, nowMs)).length;
  revokeOthers(sql, spared, nowMs, reason);
  return ended;
}
