import type { Erased } from "./port.ts";
import { applyRevocation } from "./revocations.ts";

const TABLES_QUERY = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' ORDER BY name`;

/** The table that says how the others look; it holds nothing of the user. */
const SCHEMA_TABLE = "meta";

/** The reason of the one revocation that stays. */
export const FORGOTTEN = "forgotten";

/**
 * Erases every row of the user, of every table there is, and counts what it erased.
 *
 * One thing has to stay, or forgetting would bring ended sessions back: that sign-ins up to now are over. It is a time
 * and a word, and the sweep forgets it once no token from before it can verify.
 */
export function forgetAll(sql: SqlStorage, nowMs: number): Erased {
  const erased: Record<string, number> = {};
  for (const { name } of sql.exec<{ name: string }>(TABLES_QUERY).toArray()) {
    if (name !== SCHEMA_TABLE) {
      // The name comes from the schema itself.
      const { rows } = sql.exec<{ rows: number }>(`SELECT count(*) AS rows FROM "${name}"`).one();
      sql.exec(`DELETE FROM "${name}"`);
      erased[name] = rows;
    }
  }
  applyRevocation(sql, { id: FORGOTTEN, scope: "user", beforeMs: nowMs, reason: FORGOTTEN }, nowMs);
  return { erased, signInsEndedBeforeMs: nowMs };
}
