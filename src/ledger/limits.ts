import type { Limit } from "./port.ts";

const MS_PER_SECOND = 1000;

/** Whether one more challenge of a route may be started: `undefined`, or the seconds until it may. */
export function secondsUntilAllowed(
  sql: SqlStorage,
  route: string,
  { challenges, withinSeconds }: Limit,
  nowMs: number,
): number | undefined {
  const windowMs = withinSeconds * MS_PER_SECOND;
  // The one whose leaving makes room: as many as the limit allows came after it or with it.
  const blocking = sql
    .exec<{ at_ms: number }>(
      `SELECT at_ms FROM challenge_started WHERE route = ? AND at_ms > ? ORDER BY at_ms DESC LIMIT 1 OFFSET ?`,
      route,
      nowMs - windowMs,
      challenges - 1,
    )
    .toArray()[0];
  return blocking === undefined
    ? undefined
    : Math.max(1, Math.ceil((blocking.at_ms + windowMs - nowMs) / MS_PER_SECOND));
}

/** Counts a challenge that was started, and forgets what no longer counts for this route. */
export function countStarted(sql: SqlStorage, route: string, limit: Limit, nowMs: number): void {
  sql.exec(
    `DELETE FROM challenge_started WHERE route = ? AND at_ms <= ?`,
    route,
    nowMs - limit.withinSeconds * MS_PER_SECOND,
  );
  sql.exec(`INSERT INTO challenge_started VALUES (?, ?)`, route, nowMs);
}
