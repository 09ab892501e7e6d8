import { DurableObject } from "cloudflare:workers";
import type { Sub } from "../identity/principal.ts";
import type { Roster as RosterPort, Waiting } from "./roster-port.ts";

/** Longer ago is not lately; whoever comes back is noted again. */
const LATELY_MS = 24 * 3_600_000;
/** Each shard; whoever was active longest ago gives way. */
export const MAX_ROSTERED = 50_000;
/** Rows that one note trims at most. More than one: what an idle roster kept too long goes as well. */
const TRIM = 10;

/** Counted as they come and go: a note must not read the whole table. */
const SIZE_TABLES = [
  `CREATE TABLE size (id INTEGER PRIMARY KEY CHECK (id = 1), users INTEGER NOT NULL)`,
  `INSERT INTO size SELECT 1, count(*) FROM active`,
  `CREATE TRIGGER active_came AFTER INSERT ON active BEGIN UPDATE size SET users = users + 1; END`,
  `CREATE TRIGGER active_went AFTER DELETE ON active BEGIN UPDATE size SET users = users - 1; END`,
];

/** One shard of the roster: a `sub` and two times for each user, how many there are, and since when actions are compared. */
export class Roster extends DurableObject implements RosterPort {
  private readonly sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    const isNew = !this.has("active");
    this.sql.exec(
      `CREATE TABLE IF NOT EXISTS active (sub TEXT PRIMARY KEY, active_at_ms INTEGER NOT NULL, looked_at_ms INTEGER NOT NULL)`,
    );
    // At most one row. A roster from before it has none until the first run: what was told till then nobody noted.
    this.sql.exec(
      `CREATE TABLE IF NOT EXISTS actions_asked (id INTEGER PRIMARY KEY CHECK (id = 1), since_ms INTEGER NOT NULL)`,
    );
    if (isNew) {
      this.sql.exec(`INSERT INTO actions_asked VALUES (1, 0)`);
    }
    this.sql.exec(`CREATE INDEX IF NOT EXISTS active_turn ON active (looked_at_ms)`);
    this.sql.exec(`CREATE INDEX IF NOT EXISTS active_age ON active (active_at_ms)`);
    if (!this.has("size")) {
      ctx.storage.transactionSync(() => SIZE_TABLES.forEach((statement) => this.sql.exec(statement)));
    }
  }

  async note(sub: Sub): Promise<void> {
    const nowMs = Date.now();
    this.sql.exec(
      `INSERT INTO active VALUES (?1, ?2, ?2 - ${LATELY_MS}) ON CONFLICT (sub) DO UPDATE SET active_at_ms = ?2`,
      sub,
      nowMs,
    );
    this.sql.exec(
      `DELETE FROM active WHERE rowid IN (SELECT rowid FROM active WHERE active_at_ms < ? ORDER BY active_at_ms LIMIT ${TRIM})`,
      nowMs - LATELY_MS,
    );
    const { surplus } = this.sql
      .exec<{ surplus: number }>(`SELECT users - ${MAX_ROSTERED} AS surplus FROM size`)
      .one();
    if (surplus > 0) {
      this.sql.exec(
        `DELETE FROM active WHERE rowid IN (SELECT rowid FROM active ORDER BY active_at_ms LIMIT ?)`,
        Math.min(surplus, TRIM),
      );
    }
  }

  async waiting(atMost: number): Promise<readonly Waiting[]> {
    this.sql.exec(`DELETE FROM active WHERE active_at_ms < ?`, Date.now() - LATELY_MS);
    return (
      this.sql
        .exec<{ sub: string; sinceMs: number }>(
          `SELECT sub, looked_at_ms AS sinceMs FROM active ORDER BY looked_at_ms LIMIT ?`,
          atMost,
        )
        .toArray()
        // Written by `note` from a Sub.
        .map(({ sub, sinceMs }) => ({ sub: sub as Sub, sinceMs }))
    );
  }

  async asksForActions(doesAsk: boolean): Promise<number | undefined> {
    // While the policy does not ask, nobody notes what events tell: what it asks for later begins after that.
    const insert = doesAsk ? "INSERT OR IGNORE" : "INSERT OR REPLACE";
    this.sql.exec(`${insert} INTO actions_asked VALUES (1, ?)`, Date.now());
    const { since_ms } = this.sql.exec<{ since_ms: number }>(`SELECT since_ms FROM actions_asked`).one();
    return doesAsk ? since_ms : undefined;
  }

  async looked(subs: readonly Sub[]): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      for (const sub of subs) {
        this.sql.exec(`UPDATE active SET looked_at_ms = ? WHERE sub = ?`, Date.now(), sub);
      }
    });
  }

  async forget(sub: Sub): Promise<void> {
    this.sql.exec(`DELETE FROM active WHERE sub = ?`, sub);
  }

  private has(table: string): boolean {
    return this.sql.exec(`SELECT 1 FROM sqlite_master WHERE name = ?`, table).toArray().length > 0;
  }
}
