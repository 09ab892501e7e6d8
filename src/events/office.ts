import { DurableObject } from "cloudflare:workers";
import type { Sub } from "../identity/principal.ts";
import type { Finished, Leases } from "../ledger/event-reactions.ts";
import { finishLeases, lease } from "../ledger/leases.ts";
import { REMEMBER_EFFECT_MS } from "../ledger/sweep.ts";
import {
  LETTERS_PER_PAGE,
  type Burial,
  type DeadLetter,
  type DeadLetterOffice,
  type LetterPage,
  type UnknownType,
  type WholeLetter,
} from "./dead-letters.ts";
import type { Nobody } from "./react.ts";

const TABLES = [
  `CREATE TABLE IF NOT EXISTS letter (
     place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, sub TEXT,
     message TEXT NOT NULL, buried_at_ms INTEGER NOT NULL)`,
  // Messages of which a letter was made, whatever became of it: a message comes again while its alert does not arrive.
  `CREATE TABLE IF NOT EXISTS buried (message TEXT PRIMARY KEY, at_ms INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS reasons (id TEXT PRIMARY KEY, reasons TEXT NOT NULL, at_ms INTEGER NOT NULL)`,
  // Of events that are of no user: as in a ledger (tables.ts there).
  `CREATE TABLE IF NOT EXISTS effect (id TEXT PRIMARY KEY, applied_at_ms INTEGER NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS effect_age ON effect (applied_at_ms)`,
  `CREATE TABLE IF NOT EXISTS lease (id TEXT PRIMARY KEY, until_ms INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS unknown_type (type TEXT PRIMARY KEY, count INTEGER NOT NULL, last_at_ms INTEGER NOT NULL)`,
];
/** Of an event that is no letter, or not yet: those of a letter stay with it. */
const REMEMBER_REASONS_MS = 30 * 24 * 3600_000;
/** Longer than a queue can hold a message. */
const REMEMBER_BURIED_MS = 15 * 24 * 3600_000;
/** Types are Authsignal's to invent, but a mistake there must not fill a disk here. */
const MAX_TYPES = 1_000;

type Row = {
  place: number;
  id: string;
  type: string;
  sub: string | null;
  message: string;
  buried_at_ms: number;
  reasons: string | null;
};

/** The one object that keeps dead letters and counts unknown types, and remembers effects of events that are nobody's: rare things, so one is enough. */
export class EventOffice extends DurableObject implements DeadLetterOffice, Nobody {
  private readonly sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    for (const statement of TABLES) {
      this.sql.exec(statement);
    }
  }

  async bury(
    messageId: string,
    letter: Pick<WholeLetter, "id" | "type" | "sub" | "message">,
  ): Promise<Burial | undefined> {
    const nowMs = Date.now();
    return this.ctx.storage.transactionSync(() => {
      this.sql.exec(`DELETE FROM buried WHERE at_ms <= ?`, nowMs - REMEMBER_BURIED_MS);
      const placeOf = () =>
        this.sql.exec<Pick<Row, "place">>(`SELECT place FROM letter WHERE id = ?`, letter.id).toArray()[0]
          ?.place;
      const place = placeOf();
      if (place !== undefined) {
        return { burial: place, isNew: false };
      }
      if (this.sql.exec(`SELECT 1 FROM buried WHERE message = ?`, messageId).toArray().length > 0) {
        return undefined;
      }
      this.sql.exec(`INSERT INTO buried VALUES (?, ?)`, messageId, nowMs);
      this.sql.exec(
        `INSERT INTO letter (id, type, sub, message, buried_at_ms) VALUES (?, ?, ?, ?, ?)`,
        letter.id,
        letter.type,
        letter.sub ?? null,
        JSON.stringify(letter.message) ?? "null",
        nowMs,
      );
      return { burial: placeOf() ?? 0, isNew: true };
    });
  }

  async noteReasons(id: string, reasons: readonly string[]): Promise<void> {
    const nowMs = Date.now();
    this.sql.exec(
      `DELETE FROM reasons WHERE at_ms < ? AND id NOT IN (SELECT id FROM letter)`,
      nowMs - REMEMBER_REASONS_MS,
    );
    this.sql.exec(`INSERT OR REPLACE INTO reasons VALUES (?, ?, ?)`, id, JSON.stringify(reasons), nowMs);
  }

  async list(after: number): Promise<LetterPage> {
    const rows = this.sql
      .exec<Row>(
        `SELECT letter.*, reasons FROM letter LEFT JOIN reasons ON reasons.id = letter.id
         WHERE place > ? ORDER BY place LIMIT ?`,
        after,
        LETTERS_PER_PAGE,
      )
      .toArray();
    return {
      letters: rows.map(letterOf),
      next: rows.length < LETTERS_PER_PAGE ? undefined : rows.at(-1)?.place,
    };
  }

  async find(id: string): Promise<WholeLetter | undefined> {
    const row = this.sql
      .exec<Row>(
        `SELECT letter.*, reasons FROM letter LEFT JOIN reasons ON reasons.id = letter.id WHERE letter.id = ?`,
        id,
      )
      .toArray()[0];
    return row && { ...letterOf(row), message: JSON.parse(row.message) as unknown };
  }

  async drop(id: string): Promise<boolean> {
    return this.ctx.storage.transactionSync(() => {
      const isThere = this.sql.exec(`SELECT 1 FROM letter WHERE id = ?`, id).toArray().length > 0;
      if (isThere) {
        this.sql.exec(`DELETE FROM letter WHERE id = ?`, id);
        this.sql.exec(`DELETE FROM reasons WHERE id = ?`, id);
      }
      return isThere;
    });
  }

  async forget(sub: Sub): Promise<number> {
    return this.ctx.storage.transactionSync(() => {
      const { letters } = this.sql
        .exec<{ letters: number }>(`SELECT count(*) AS letters FROM letter WHERE sub = ?`, sub)
        .one();
      this.sql.exec(`DELETE FROM reasons WHERE id IN (SELECT id FROM letter WHERE sub = ?)`, sub);
      this.sql.exec(`DELETE FROM letter WHERE sub = ?`, sub);
      return letters;
    });
  }

  async countUnknown(types: readonly string[]): Promise<void> {
    for (const type of types) {
      const { known } = this.sql
        .exec<{ known: number }>(`SELECT count(*) AS known FROM unknown_type WHERE type <> ?`, type)
        .one();
      if (known < MAX_TYPES) {
        this.sql.exec(
          `INSERT INTO unknown_type VALUES (?1, 1, ?2)
           ON CONFLICT (type) DO UPDATE SET count = count + 1, last_at_ms = ?2`,
          type,
          Date.now(),
        );
      }
    }
  }

  async leaseEffects(marks: readonly string[]): Promise<Leases> {
    const nowMs = Date.now();
    return this.ctx.storage.transactionSync(() => {
      this.sql.exec(`DELETE FROM lease WHERE until_ms <= ?`, nowMs);
      this.sql.exec(`DELETE FROM effect WHERE applied_at_ms <= ?`, nowMs - REMEMBER_EFFECT_MS);
      return lease(this.sql, marks, nowMs);
    });
  }

  async finishEffects(finished: Finished): Promise<void> {
    this.ctx.storage.transactionSync(() => finishLeases(this.sql, finished, Date.now()));
  }

  async unknownTypes(): Promise<readonly UnknownType[]> {
    return this.sql
      .exec<{ type: string; count: number; last_at_ms: number }>(`SELECT * FROM unknown_type ORDER BY type`)
      .toArray()
      .map(({ type, count, last_at_ms }) => ({ type, count, lastAtMs: last_at_ms }));
  }
}

function letterOf(row: Row): DeadLetter {
  return {
    id: row.id,
    type: row.type,
    sub: row.sub ?? undefined,
    buriedAtMs: row.buried_at_ms,
    // Written by `noteReasons`.
    reasons: row.reasons === null ? [] : (JSON.parse(row.reasons) as string[]),
  };
}
