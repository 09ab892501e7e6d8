import { ACTION_LOOK_BACK_MS } from "./action-look.ts";
import type { EventReactions } from "./event-reactions.ts";
import { LEASE_MS } from "./event-reactions.ts";
import { REMEMBER_SIGHTING_MS } from "./thresholds.ts";

const DAY_MS = 24 * 3_600_000;
/** An ended challenge is remembered this long, so that a reload still gets "it is done". */
export const REMEMBER_CHALLENGE_MS = DAY_MS;
/** A repeated event is known for longer than any queue can hold it back (security.md a). Letters that are kept have no end. */
export const REMEMBER_EFFECT_MS = 45 * DAY_MS;
/** Of what failed, or of a run that broke off; longer than its event waits between two tries. */
const REMEMBER_LEASE_MS = DAY_MS;
/** Longer than an action is compared. */
export const REMEMBER_ACTION_MS = ACTION_LOOK_BACK_MS + DAY_MS;
/** Longer than the roster keeps a user who does not come back. */
const REMEMBER_ROSTER_MS = 2 * DAY_MS;
/** Nobody counts challenges over a longer time. */
const LONGEST_LIMIT_MS = 400 * DAY_MS;
/** Rows of one table that one run forgets: the object answers nobody while it works. */
const MAX_ROWS = 500;
/** When a run did not finish. */
export const SWEEP_AGAIN_MS = 1_000;

/** One table: by which time its rows age, in milliseconds, and how long after it they go. */
interface Rule {
  readonly table: string;
  readonly column: string;
  readonly keepMs: number;
}

/** Every table but `kept`, which goes with its challenge, and `meta`. A test compares with the schema. */
export function sweepRules(lifeMs: number): readonly Rule[] {
  return [
    { table: "session", column: "expires_at_ms", keepMs: 0 },
    { table: "revocation", column: "at_ms", keepMs: lifeMs },
    { table: "effect", column: "applied_at_ms", keepMs: rememberEffectMs(lifeMs) },
    { table: "lease", column: "until_ms", keepMs: REMEMBER_LEASE_MS },
    { table: "challenge", column: "expires_at_ms", keepMs: REMEMBER_CHALLENGE_MS },
    { table: "grant_given", column: "at_ms", keepMs: lifeMs },
    // Of what happened up to a time, no token can verify when one of that time no longer does.
    { table: "revocation_besides", column: "before_ms", keepMs: lifeMs },
    { table: "demand", column: "at_ms", keepMs: lifeMs },
    // The comparison goes no later than what it compared: the next one is then a first one again.
    { table: "comparison", column: "at_ms", keepMs: lifeMs },
    { table: "authenticator", column: "at_ms", keepMs: lifeMs },
    { table: "action_heard", column: "at_ms", keepMs: REMEMBER_ACTION_MS },
    { table: "roster_note", column: "at_ms", keepMs: REMEMBER_ROSTER_MS },
    // None of what reached a threshold and is not all done: dead letters have no end, and one of any age has to do it.
    { table: "sighting", column: "forget_at_ms", keepMs: 0 },
    { table: "challenge_started", column: "at_ms", keepMs: Math.max(lifeMs, LONGEST_LIMIT_MS) },
  ];
}

/** How long marks of effects are kept. */
export function rememberEffectMs(lifeMs: number): number {
  return Math.max(lifeMs, REMEMBER_EFFECT_MS);
}

/** How soon a sweep has to follow what events left. */
export function sweepAfterMs(events: readonly EventReactions[], lifeMs: number): number {
  const kept = events.flatMap(({ isAction, isQueued, reactions }) => [
    ...(isAction === true ? [REMEMBER_ACTION_MS] : []),
    ...reactions.flatMap(({ threshold, outside }) => [
      ...(threshold === undefined ? [] : [threshold.withinMs + REMEMBER_SIGHTING_MS]),
      ...(isQueued === true && outside.length > 0 ? [LEASE_MS + REMEMBER_LEASE_MS] : []),
    ]),
  ]);
  return Math.min(lifeMs, ...kept);
}

/**
 * Forgets what no token can still need, a bounded number of rows at a time.
 *
 * @param lifeMs how long after a sign-in a token of it can still verify.
 * @returns when to come again; `undefined` when nothing is left.
 */
export function sweep(sql: SqlStorage, nowMs: number, lifeMs: number): number | undefined {
  const due: number[] = [];
  for (const { table, column, keepMs } of sweepRules(lifeMs)) {
    const cursor = sql.exec(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${column} <= ? LIMIT ${MAX_ROWS})`,
      nowMs - keepMs,
    );
    if (cursor.rowsWritten >= MAX_ROWS) {
      due.push(nowMs + SWEEP_AGAIN_MS);
    }
    const oldest = sql.exec<{ at: number | null }>(`SELECT min(${column}) AS at FROM ${table}`).one().at;
    if (oldest !== null) {
      due.push(Math.max(oldest + keepMs, nowMs + SWEEP_AGAIN_MS));
    }
  }
  sql.exec(`DELETE FROM kept WHERE challenge NOT IN (SELECT id FROM challenge)`);
  return due.length === 0 ? undefined : Math.min(...due);
}
