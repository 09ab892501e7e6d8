import { meets, type Demand } from "./demand.ts";
import type { Grant, SessionFacts } from "./port.ts";
import { demandedAtMs } from "./step-up-demand.ts";

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

/** The session's last grant of any action, since a step-up was last demanded. */
export function lastGrant(sql: SqlStorage, facts: SessionFacts): Grant | undefined {
  const row = sql
    .exec<Row>(
      `SELECT action, method, at_ms, factor_since_ms FROM grant_given
       WHERE session = ? AND at_ms > ? ORDER BY at_ms DESC LIMIT 1`,
      facts.session,
      demandedAtMs(sql) ?? 0,
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
      Math.max(nowMs - freshSeconds * MS_PER_SECOND, demandedAtMs(sql) ?? 0),
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

/** Ends the user's grants of steps that were passed at or before a time. */
export function endGrants(sql: SqlStorage, atMs: number): void {
  sql.exec(`DELETE FROM grant_given WHERE at_ms <= ?`, atMs);
}

function grantOf(row: Row): Grant {
  return {
    action: row.action,
    method: row.method === "" ? undefined : row.method,
    atMs: row.at_ms,
    ...(row.factor_since_ms === null ? {} : { factorSinceMs: row.factor_since_ms }),
  };
}
