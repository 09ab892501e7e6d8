import { effectMark, markedOf, OUTSIDE_EFFECTS } from "./event-reactions.ts";

/** Beyond the threshold's own time: long enough for late batches and their retries. */
export const REMEMBER_SIGHTING_MS = 7 * 24 * 3600_000;

/**
 * What an event is for a reaction with a threshold. `atMs` of what fires is that of the latest event that it took; it
 * `isSettled` once all is done that it called for. What does not fire may have come too late to count.
 */
export type Sighted =
  | { readonly fires: true; readonly atMs: number; readonly isSettled: boolean }
  | { readonly fires: false; readonly isLate?: true };

/**
 * Counts an event towards a reaction's threshold. It fires when `count` events lie within `withinMs`, by their own
 * times, whatever the order they come in; those are spent then, and the count begins again. An event that comes again
 * is counted once, and one that fired says so each time, however late, so that what did not succeed then can be tried
 * again, until all of it is done (`settle`). One that comes when others of its time may be forgotten is not counted: else it could be counted twice.
 *
 * Runs inside the transaction of the effects.
 */
export function sight(
  sql: SqlStorage,
  reaction: string,
  event: { readonly id: string; readonly atMs: number },
  threshold: { readonly count: number; readonly withinMs: number },
  nowMs: number,
): Sighted {
  const known = sql
    .exec<{ fired_at_ms: number | null; forget_at_ms: number | null }>(
      `SELECT fired_at_ms, forget_at_ms FROM sighting WHERE reaction = ? AND event = ?`,
      reaction,
      event.id,
    )
    .toArray()[0];
  if (known !== undefined) {
    return known.fired_at_ms === null
      ? { fires: false }
      : { fires: true, atMs: known.fired_at_ms, isSettled: known.forget_at_ms !== null };
  }
  const countsUntilMs = event.atMs + threshold.withinMs + REMEMBER_SIGHTING_MS;
  if (countsUntilMs <= nowMs) {
    return { fires: false, isLate: true };
  }
  sql.exec(
    `INSERT INTO sighting (reaction, event, at_ms, spent, counts_until_ms, forget_at_ms) VALUES (?1, ?2, ?3, 0, ?4, ?4)`,
    reaction,
    event.id,
    event.atMs,
    countsUntilMs,
  );
  const times = sql
    .exec<{ at_ms: number }>(
      `SELECT at_ms FROM sighting WHERE reaction = ? AND spent = 0 AND at_ms BETWEEN ? AND ? ORDER BY at_ms`,
      reaction,
      event.atMs - threshold.withinMs,
      event.atMs + threshold.withinMs,
    )
    .toArray()
    .map((row) => row.at_ms);
  const window = windowIn(times, threshold);
  if (window === undefined) {
    return { fires: false };
  }
  sql.exec(
    `UPDATE sighting SET spent = 1 WHERE reaction = ? AND spent = 0 AND at_ms BETWEEN ? AND ?`,
    reaction,
    window.fromMs,
    window.toMs,
  );
  sql.exec(
    `UPDATE sighting SET fired_at_ms = ?, forget_at_ms = NULL WHERE reaction = ? AND event = ?`,
    window.toMs,
    reaction,
    event.id,
  );
  return { fires: true, atMs: window.toMs, isSettled: false };
}

/** The first window that holds enough of the times, which are in order. */
function windowIn(
  times: readonly number[],
  { count, withinMs }: { readonly count: number; readonly withinMs: number },
): { readonly fromMs: number; readonly toMs: number } | undefined {
  for (const [index, fromMs] of times.entries()) {
    const toMs = times[index + count - 1];
    if (toMs !== undefined && toMs - fromMs <= withinMs) {
      return { fromMs, toMs };
    }
  }
  return undefined;
}

/**
 * Lets what reached a threshold be forgotten like the marks of what it called for, since all of that is done: a replay
 * that comes even later finds it too old to count. Does nothing for an event that reached none.
 */
export function settle(sql: SqlStorage, reaction: string, eventId: string, forgetAtMs: number): void {
  sql.exec(
    `UPDATE sighting SET forget_at_ms = max(counts_until_ms, ?) WHERE reaction = ? AND event = ?
       AND fired_at_ms IS NOT NULL AND forget_at_ms IS NULL`,
    forgetAtMs,
    reaction,
    eventId,
  );
}

/** Settles what these marks, which are done, leave nothing owed of. */
export function settleDone(sql: SqlStorage, marks: readonly string[], forgetAtMs: number): void {
  for (const mark of marks) {
    const { eventId, reaction } = markedOf(mark);
    const others = OUTSIDE_EFFECTS.map((effect) => effectMark(effect, eventId, reaction));
    const owed = others.some(
      (other) => sql.exec(`SELECT 1 FROM lease WHERE id = ?`, other).toArray().length > 0,
    );
    if (!owed) {
      settle(sql, reaction, eventId, forgetAtMs);
    }
  }
}
