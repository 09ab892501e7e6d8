import type { ActionLook } from "./action-look.ts";
import { watchedSince } from "./roster-note.ts";

/** Remembers a state of an action by its event's id: no comparison has to make an event of it. */
export function hear(sql: SqlStorage, id: string, nowMs: number): void {
  sql.exec(`INSERT OR IGNORE INTO action_heard VALUES (?, ?)`, id, nowMs);
}

/**
 * Gives the ids of states that no event told and the policy asks for: until their events are heard, the next comparison
 * gives the same. What the policy does not ask for is settled by having been seen, so that a policy which asks for it
 * later does not act on the past.
 */
export function compareStates(sql: SqlStorage, look: ActionLook, nowMs: number): readonly string[] {
  const watchedMs = watchedSince(sql);
  if (watchedMs === undefined) {
    return []; // forgotten meanwhile
  }
  const sinceMs = Math.max(look.sinceMs, watchedMs);
  const untold = look.states.filter(({ id, atMs }) => atMs > sinceMs && !isHeard(sql, id));
  for (const { id } of untold.filter(({ isWanted }) => !isWanted)) {
    hear(sql, id, nowMs);
  }
  return untold.filter(({ isWanted }) => isWanted).map(({ id }) => id);
}

function isHeard(sql: SqlStorage, id: string): boolean {
  return sql.exec(`SELECT 1 FROM action_heard WHERE id = ?`, id).toArray().length > 0;
}
