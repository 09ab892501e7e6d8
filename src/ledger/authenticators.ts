import { isAuthenticatorId, type Difference, type EnrolledList } from "./authenticator-list.ts";
import type { AuthenticatorChange } from "./event-reactions.ts";
import { watchedSince } from "./roster-note.ts";

/** An authenticator added so shortly before a question may not be in its answer. */
const SETTLING_MS = 10_000;
/** An empty list may be a mistake of whoever answers: it counts when a later look finds the same. */
const SECOND_LOOK_MS = 60_000;
/** Far more than a person has. */
const MAX_FOLLOWED = 200;

/**
 * Learns from an event which authenticators there are. A deletion is final, whatever order the events come in.
 *
 * @returns true when an event of another id said the same before: one webhook and one catch-up are not two deletions.
 */
export function learn(
  sql: SqlStorage,
  eventId: string,
  { id, change, method }: AuthenticatorChange,
  nowMs: number,
): boolean {
  if (!isAuthenticatorId(id)) {
    return false;
  }
  const known = sql
    .exec<{ created_by: string | null; deleted_by: string | null }>(
      `SELECT created_by, deleted_by FROM authenticator WHERE id = ?`,
      id,
    )
    .toArray()[0];
  const saidBy = change === "created" ? known?.created_by : known?.deleted_by;
  if (typeof saidBy === "string") {
    return saidBy !== eventId;
  }
  if (known === undefined && followed(sql) >= MAX_FOLLOWED) {
    return false;
  }
  // The column is one of two names of this file.
  const column = change === "created" ? "created_by" : "deleted_by";
  sql.exec(
    `INSERT INTO authenticator (id, method, ${column}, learned_at_ms, at_ms) VALUES (?1, ?2, ?3, ?4, ?4)
     ON CONFLICT (id) DO UPDATE SET ${column} = ?3, at_ms = ?4`,
    id,
    method ?? "",
    eventId,
    nowMs,
  );
  return false;
}

/**
 * Compares a list with what events said. What differs is still to be told as events: until those come, the next
 * comparison gives the same. The first comparison of a ledger takes what it has not heard of as given.
 */
export function compare(sql: SqlStorage, list: EnrolledList, nowMs: number): readonly Difference[] {
  if (watchedSince(sql) === undefined) {
    return []; // forgotten meanwhile
  }
  const last = sql
    .exec<{ asked_at_ms: number; empty_at_ms: number | null }>(
      `SELECT asked_at_ms, empty_at_ms FROM comparison`,
    )
    .toArray()[0];
  if (last !== undefined && list.askedAtMs <= last.asked_at_ms) {
    return []; // an older answer than the one that was compared already
  }
  const missing = missingFrom(sql, list);
  const isEmpty = list.authenticators.length === 0 && missing.length > 0;
  const emptyAtMs = isEmpty ? (last?.empty_at_ms ?? list.askedAtMs) : null;
  sql.exec(`INSERT OR REPLACE INTO comparison VALUES (1, ?, ?, ?)`, list.askedAtMs, emptyAtMs, nowMs);
  const added = list.authenticators.filter(({ id }) => !touch(sql, id, nowMs));
  if (last === undefined) {
    for (const { id, method } of added.slice(0, MAX_FOLLOWED)) {
      sql.exec(
        `INSERT INTO authenticator (id, method, learned_at_ms, at_ms) VALUES (?1, ?2, ?3, ?3)`,
        id,
        method,
        nowMs,
      );
    }
  }
  const isSure = emptyAtMs === null || list.askedAtMs - emptyAtMs >= SECOND_LOOK_MS;
  return [
    ...(last === undefined ? [] : added.map((one) => ({ ...one, change: "created" as const }))),
    // When it was deleted nobody says: what is certain is that it is gone now.
    ...(isSure ? missing.map((one) => ({ ...one, createdAtMs: nowMs, change: "deleted" as const })) : []),
  ];
}

function missingFrom(sql: SqlStorage, list: EnrolledList): { id: string; method: string }[] {
  const listed = new Set(list.authenticators.map(({ id }) => id));
  return sql
    .exec<{ id: string; method: string }>(
      `SELECT id, method FROM authenticator WHERE deleted_by IS NULL AND (created_by IS NULL OR learned_at_ms < ?)`,
      list.askedAtMs - SETTLING_MS,
    )
    .toArray()
    .filter(({ id }) => !listed.has(id));
}

/** Keeps what is still there from being swept; false when it is not known. */
function touch(sql: SqlStorage, id: string, nowMs: number): boolean {
  sql.exec(`UPDATE authenticator SET at_ms = ? WHERE id = ?`, nowMs, id);
  return sql.exec(`SELECT 1 FROM authenticator WHERE id = ?`, id).toArray().length > 0;
}

function followed(sql: SqlStorage): number {
  return sql.exec<{ rows: number }>(`SELECT count(*) AS rows FROM authenticator`).one().rows;
}
