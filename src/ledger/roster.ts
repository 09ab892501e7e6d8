import { DurableObject } from "cloudflare:workers";
import type { Sub } from "../identity/principal.ts";
import type { Roster as RosterPort } from "./roster-port.ts";

/** Longer ago is not lately; whoever comes back is noted again. */
const LATELY_MS = 24 * 3_600_000;
/** Each shard; whoever was active longest ago gives way. */
const MAX_USERS = 50_000;
/** Beyond this many too many, the surplus goes in one step. */
const SLACK = 100;

/** One shard of the roster: a `sub` and two times for each user, and since when actions are compared. */
export class Roster extends DurableObject implements RosterPort {
  private readonly sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    const isNew = this.sql.exec(`SELECT 1 FROM sqlite_master WHERE name = 'active'`).toArray().length === 0;
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
  }

  async note(sub: Sub): Promise<void> {
    this.sql.exec(
      `INSERT INTO active VALUES (?1, ?2, 0) ON CONFLICT (sub) DO UPDATE SET active_at_ms = ?2`,
      sub,
      Date.now(),
    );
    const { users } = this.sql.exec<{ users: number }>(`SELECT count(*) AS users FROM active`).one();
    if (users > MAX_USERS + SLACK) {
      this.sql.exec(
        `DELETE FROM active WHERE sub IN (SELECT sub FROM active ORDER BY active_at_ms LIMIT ?)`,
        users - MAX_USERS,
      );
    }
  }

  async next(atMost: number): Promise<readonly Sub[]> {
    this.sql.exec(`DELETE FROM active WHERE active_at_ms < ?`, Date.now() - LATELY_MS);
    return (
      this.sql
        .exec<{ sub: string }>(`SELECT sub FROM active ORDER BY looked_at_ms LIMIT ?`, atMost)
        .toArray()
        // Written by `note` from a Sub.
        .map(({ sub }) => sub as Sub)
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
}
