import { meets, type Demand } from "./demand.ts";
import type { Grant, SessionFacts } from "./port.ts";

const MS_PER_SECOND = 1000;
/** No session lives longer, so no grant older than this is asked for. */
const FORGET_MS = 400 * 24 * 3600 * MS_PER_SECOND;

type Row = { action: string; method: string; at_ms: number; factor_since_ms: number | null };

/** Notes a step-up that was passed. */
export function giveGrant(sql: SqlStorage, facts: SessionFacts, grant: Grant): void {
  sql.exec(`DELETE FROM grant_given WHERE at_ms < ?`, grant.atMs - FORGET_MS);
  sql.exec(
    `INSERT OR REPLACE INTO grant_given VALUES (?, ?, ?, ?, ?)`,
    grant.action,
    facts.session,
    grant.method ?? "",
    grant.atMs,
    grant.factorSinceMs ?? null,
  );
}

/** The session's last grant of any action. */
export function lastGrant(sql: SqlStorage, facts: SessionFacts): Grant | undefined {
  const row = sql
    .exec<Row>(
      `SELECT action, method, at_ms, factor_since_ms FROM grant_given WHERE session = ? ORDER BY at_ms DESC LIMIT 1`,
      facts.session,
    )
    .toArray()[0];
  return row === undefined ? undefined : grantOf(row);
}

/** The newest grant of the session and action that is young enough and meets the demand. Reads only. */
export function coveringGrant(
  sql: SqlStorage,
  facts: SessionFacts,
  action: string,
  freshSeconds: number,
  demand: Demand,
  nowMs: number,
): Grant | undefined {
  return sql
    .exec<Row>(
      `SELECT action, method, at_ms, factor_since_ms FROM grant_given
       WHERE session = ? AND action = ? AND at_ms > ? ORDER BY at_ms DESC`,
      facts.session,
      action,
      nowMs - freshSeconds * MS_PER_SECOND,
    )
    .toArray()
    .map(grantOf)
    .find((grant) =>
      meets(
        { kind: "step-up", method: grant.method, atMs: grant.atMs, factorSinceMs: grant.factorSinceMs },
        demand,
      ),
    );
}

/** Ends every grant of the user. */
export function endAllGrants(sql: SqlStorage): void {
  sql.exec(`DELETE FROM grant_given`);
}

function grantOf(row: Row): Grant {
  return {
    action: row.action,
    method: row.method === "" ? undefined : row.method,
    atMs: row.at_ms,
    ...(row.factor_since_ms === null ? {} : { factorSinceMs: row.factor_since_ms }),
  };
}
