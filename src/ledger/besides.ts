import type { SessionFacts } from "./port.ts";

const MS_PER_SECOND = 1000;

/** Whether a sign-in is over because another session was spared when all others were ended. */
export function isEndedBesides(sql: SqlStorage, facts: SessionFacts): boolean {
  return (
    sql
      .exec(
        `SELECT 1 FROM revocation_besides WHERE spared <> ? AND before_ms >= ? LIMIT 1`,
        facts.session,
        // The whole second of the revocation counts as before it (design decision 13).
        facts.authTimeSeconds * MS_PER_SECOND,
      )
      .toArray().length > 0
  );
}
