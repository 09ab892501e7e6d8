import { FORGOTTEN } from "./forget.ts";

/** The actions of a sign-in come before the first thing that its user does here. */
const SIGN_IN_MS = 15 * 60_000;

/** Whether the roster was not told of the user for so long. */
export function isDueForRoster(sql: SqlStorage, nowMs: number, everyMs: number): boolean {
  const noted = sql.exec<{ at_ms: number }>(`SELECT at_ms FROM roster_note`).toArray()[0];
  return noted === undefined || nowMs - noted.at_ms >= everyMs;
}

/** Remembers that the roster has the user; since when stays as it was, until the note is forgotten. */
export function noteRostered(sql: SqlStorage, nowMs: number): void {
  sql.exec(
    `INSERT INTO roster_note (id, at_ms, since_ms) VALUES (1, ?, ?)
     ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms`,
    nowMs,
    Math.max(nowMs - SIGN_IN_MS, forgottenMs(sql)),
  );
}

/** From when on the user's actions are compared; undefined when the user is not followed, or was forgotten. */
export function watchedSince(sql: SqlStorage): number | undefined {
  return sql.exec<{ since_ms: number }>(`SELECT since_ms FROM roster_note`).toArray()[0]?.since_ms;
}

/** What was erased with the user would be new otherwise. */
function forgottenMs(sql: SqlStorage): number {
  const row = sql
    .exec<{ before_ms: number }>(
      `SELECT before_ms FROM revocation WHERE scope = 'user' AND reason = ?`,
      FORGOTTEN,
    )
    .toArray()[0];
  return row?.before_ms ?? 0;
}
