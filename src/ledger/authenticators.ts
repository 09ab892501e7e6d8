import { isAuthenticatorId, type Difference, type EnrolledList } from "./authenticator-list.ts";
import type { AuthenticatorChange, EventReactions } from "./event-reactions.ts";
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
  { eventId, isQueued = false }: Pick<EventReactions, "eventId" | "isQueued">,
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
  if (typeof saidBy === "string" && saidBy !== eventId) {
    return true;
  }
  if (known === undefined && followed(sql) >= MAX_FOLLOWED) {
    return false;
  }
  // `change` is one of two names of this file's table.
  sql.exec(
    `INSERT INTO authenticator (id, method, ${change}_by, ${change}_queued, learned_at_ms, at_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?5)
     ON CONFLICT (id) DO UPDATE SET ${change}_by = ?3, ${change}_queued = max(${change}_queued, ?4), at_ms = ?5`,
    id,
    method ?? "",
    eventId,
    isQueued ? 1 : 0,
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
    ...unqueued(sql, "created"),
    ...unqueued(sql, "deleted"),
  ];
}

/** What an event said at its receipt and never came out of the queue: the queue did not take it. */
function unqueued(sql: SqlStorage, change: AuthenticatorChange["change"]): Difference[] {
  // What is there is touched by each comparison; what is gone was last touched by the event.
  const saidAt = change === "created" ? "learned_at_ms" : "at_ms";
  return sql
    .exec<{ id: string; method: string; createdAtMs: number; saidBy: string }>(
      `SELECT id, method, ${saidAt} AS createdAtMs, ${change}_by AS saidBy FROM authenticator
       WHERE ${change}_by IS NOT NULL AND ${change}_queued = 0`,
    )
    .toArray()
    .map((row) => ({ ...row, change }));
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
