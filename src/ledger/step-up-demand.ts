import type { SessionFacts, Standing } from "./port.ts";

/** Notes that the next request on a step-up route is to be challenged; the latest time counts. */
export function demandStepUp(sql: SqlStorage, atMs: number): void {
  sql.exec(`INSERT INTO demand VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET at_ms = max(at_ms, ?1)`, atMs);
}

/** When a step-up was last demanded; steps passed at or before that count no longer. */
export function demandedAtMs(sql: SqlStorage): number | undefined {
  return sql.exec<{ at_ms: number }>(`SELECT at_ms FROM demand`).toArray()[0]?.at_ms;
}

/**
 * Whether this session has yet to pass the step-up that was demanded. Each session passes its own: what the person
 * approves in theirs does nothing for a thief's.
 */
function isStepUpDemanded(sql: SqlStorage, facts: SessionFacts): boolean {
  const atMs = demandedAtMs(sql);
  return (
    atMs !== undefined &&
    sql
      .exec(`SELECT 1 FROM grant_given WHERE session = ? AND at_ms > ? LIMIT 1`, facts.session, atMs)
      .toArray().length === 0
  );
}

/** The part of a standing that says so. */
export function stepUpDemandOf(sql: SqlStorage, facts: SessionFacts): Pick<Standing, "stepUpDemanded"> {
  return isStepUpDemanded(sql, facts) ? { stepUpDemanded: true } : {};
}
