import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { ACTION_LOOK_BACK_MS, type ActionState } from "../../../src/ledger/action-look.ts";
import type { EventReactions } from "../../../src/ledger/event-reactions.ts";
import type { Ledger } from "../../../src/ledger/object.ts";
import type { Roster } from "../../../src/ledger/roster.ts";
import { migrate } from "../../../src/ledger/tables.ts";
import {
  finishEffects,
  countRows,
  newSub,
  nowSeconds,
  SEEN,
  signedIn,
  watched,
  type LedgerStub,
} from "./fixtures.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** From the beginning. */
const EVER = 0;

const state = (id: string, changes: Partial<ActionState> = {}): ActionState => ({
  id,
  atMs: Date.now(),
  isWanted: true,
  ...changes,
});
const untold = (ledger: LedgerStub, states: readonly ActionState[], sinceMs = EVER) =>
  ledger.compareActions({ sinceMs, states });

/** The event of a state, as the queue's consumer tells it. */
const told = (id: string, changes: Partial<EventReactions> = {}): EventReactions => ({
  eventId: id,
  reason: "action.log_created",
  atMs: Date.now(),
  idempotencyKey: undefined,
  isAction: true,
  isQueued: true,
  reactions: [{ reaction: "blocked", threshold: undefined, effects: ["revoke-user"], outside: ["alert"] }],
  ...changes,
});

/** Everything that was heard of was heard so much longer ago. */
const age = (ledger: LedgerStub, byMs: number) =>
  runInDurableObject(ledger, (_: Ledger, { storage }) => {
    storage.sql.exec(`UPDATE action_heard SET at_ms = at_ms - ?`, byMs);
  });

describe("a comparison of actions", () => {
  it("gives what no event told, until one does", async () => {
    const { ledger } = await watched();
    const states = [state("one"), state("two")];
    expect(await untold(ledger, states)).toEqual(["one", "two"]);
    expect(await untold(ledger, states)).toEqual(["one", "two"]);
    await ledger.react([told("one")]);
    expect(await untold(ledger, states)).toEqual(["two"]);
    await ledger.react([told("two")]);
    expect(await untold(ledger, states)).toEqual([]);
  });

  it("does not take an event for told that is not in the queue yet", async () => {
    const { ledger } = await watched();
    await ledger.react([told("one", { isQueued: false })]);
    expect(await untold(ledger, [state("one")])).toEqual(["one"]);
  });

  it("takes no other event for one of an action", async () => {
    const { ledger } = await watched();
    await ledger.react([told("one", { isAction: false })]);
    expect(await countRows(ledger, "action_heard")).toBe(0);
  });

  it("settles what the policy asks nothing of, so that another policy does not act on the past", async () => {
    const { ledger } = await watched();
    expect(await untold(ledger, [state("one", { isWanted: false })])).toEqual([]);
    expect(await untold(ledger, [state("one")])).toEqual([]);
    // The event itself is acted on all the same: it may tell more than the list.
    expect(await ledger.react([told("one")])).toMatchObject([[{ fires: true, applied: ["revoke-user"] }]]);
  });

  it("takes as given what was before the job was to compare", async () => {
    const { ledger } = await watched();
    const atMs = Date.now() - MINUTE_MS;
    expect(await untold(ledger, [state("one", { atMs })], atMs)).toEqual([]);
    expect(await untold(ledger, [state("one", { atMs })], atMs - 1)).toEqual(["one"]);
  });

  it("begins with the user's first activity, and the sign-in before that", async () => {
    const { ledger } = await watched();
    const at = (minutes: number) => state(`${minutes}`, { atMs: Date.now() - minutes * MINUTE_MS });
    expect(await untold(ledger, [at(1), at(14), at(16)])).toEqual(["1", "14"]);
  });

  it("goes on from there while the user stays active", async () => {
    const { ledger } = await watched();
    await runInDurableObject(ledger, (_: Ledger, { storage }) => {
      storage.sql.exec(`UPDATE roster_note SET at_ms = at_ms - ?1, since_ms = since_ms - ?1`, DAY_MS);
    });
    await ledger.standing(signedIn(), SEEN);
    await vi.waitFor(async () => {
      const noted = await runInDurableObject(ledger, (_: Ledger, { storage }) =>
        storage.sql.exec<{ at_ms: number }>(`SELECT at_ms FROM roster_note`).one(),
      );
      expect(Date.now() - noted.at_ms).toBeLessThan(MINUTE_MS);
    });
    expect(await untold(ledger, [state("one", { atMs: Date.now() - DAY_MS })])).toEqual(["one"]);
  });

  it("brings nothing back of a user who is forgotten, nor when they return at once", async () => {
    const { ledger } = await watched();
    const before = state("one", { atMs: Date.now() - 1 });
    await ledger.react([told("one")]);
    expect((await ledger.forget()).erased).toMatchObject({ action_heard: 1, roster_note: 1 });
    expect(await untold(ledger, [before])).toEqual([]);
    await ledger.startSession(signedIn("again", nowSeconds() + 5), SEEN);
    await vi.waitFor(async () => expect(await countRows(ledger, "roster_note")).toBe(1));
    expect(await untold(ledger, [before, state("two", { atMs: Date.now() + 1 })])).toEqual(["two"]);
  });

  it("remembers for longer than it looks back, and then no more", async () => {
    const { ledger } = await watched();
    await ledger.react([told("one")]);
    await untold(ledger, [state("two", { isWanted: false })]);
    await age(ledger, ACTION_LOOK_BACK_MS);
    await runDurableObjectAlarm(ledger);
    expect(await countRows(ledger, "action_heard")).toBe(2);
    await age(ledger, DAY_MS);
    await runDurableObjectAlarm(ledger);
    expect(await countRows(ledger, "action_heard")).toBe(0);
  });

  it.each(["an event", "a comparison"])("wakes the ledger in time to forget after %s", async (which) => {
    const ledger = env.LEDGER.getByName(newSub());
    await (which === "an event" ? ledger.react([told("one")]) : untold(ledger, []));
    const alarmMs = await runInDurableObject(ledger, (_: Ledger, { storage }) => storage.getAlarm());
    expect((alarmMs ?? Infinity) - Date.now()).toBeLessThanOrEqual(ACTION_LOOK_BACK_MS + DAY_MS);
  });
});

describe("one state of an action, told twice", () => {
  it("is acted on once, and ends no sign-in from after it, whichever way came first and whatever its time", async () => {
    const { ledger } = await watched();
    const atMs = Date.now() - 30_000;
    expect(await ledger.react([told("one", { atMs })])).toMatchObject([
      [{ applied: ["revoke-user"], pending: ["alert"] }],
    ]);
    await finishEffects(ledger, { done: ["alert:one/blocked"], failed: [] });
    expect(await ledger.react([told("one")])).toMatchObject([[{ applied: [], pending: [] }]]);
    expect(await ledger.standing(signedIn("before", nowSeconds() - 60))).toEqual({ revoked: true });
    expect(await ledger.standing(signedIn("after", nowSeconds() - 10))).toEqual({ revoked: false });
  });

  it("counts once towards a threshold", async () => {
    const { ledger } = await watched();
    const counted = [
      {
        reaction: "often",
        threshold: { count: 3, withinMs: DAY_MS },
        effects: ["revoke-user" as const],
        outside: [],
      },
    ];
    const fires = async (id: string, agoMs: number) => {
      const [outcomes] = await ledger.react([told(id, { atMs: Date.now() - agoMs, reactions: counted })]);
      return outcomes?.[0]?.fires;
    };
    // By the list, at the time of the state; then by the log, at the time of the record.
    expect([await fires("one", MINUTE_MS), await fires("two", MINUTE_MS)]).toEqual([false, false]);
    expect([await fires("one", 0), await fires("two", 0)]).toEqual([false, false]);
    expect(await fires("three", 0)).toBe(true);
  });
});

/** Of the version after the one that compares actions. */
const LATER_INDEXES = [
  "revocation_besides_time",
  "grant_given_session",
  "challenge_session",
  "sighting_time",
  "sighting_age",
];

describe("what an earlier version left", () => {
  it("goes on as it is: a user on the roster is compared from when the job is to", async () => {
    const { ledger } = await watched();
    await runInDurableObject(ledger, (_: Ledger, { storage: { sql } }) => {
      for (const table of ["action_heard", "roster_note", "authenticator", "comparison", "lease"]) {
        sql.exec(`DROP TABLE ${table}`);
      }
      for (const index of LATER_INDEXES) {
        sql.exec(`DROP INDEX ${index}`);
      }
      for (const column of ["counts_until_ms", "forget_at_ms"]) {
        sql.exec(`ALTER TABLE sighting DROP COLUMN ${column}`);
      }
      sql.exec(`DELETE FROM meta`);
      sql.exec(`INSERT INTO meta VALUES (4)`);
      migrate(sql, 5);
      sql.exec(`INSERT INTO roster_note VALUES (1, ?)`, Date.now());
      sql.exec(`INSERT INTO authenticator VALUES ('a-1', 'PASSKEY', 'e-1', NULL, 1, ?)`, Date.now());
    });
    await evictDurableObject(ledger);
    const asked = Date.now();
    expect(
      await untold(ledger, [state("old", { atMs: asked }), state("new", { atMs: asked + 1 })], asked),
    ).toEqual(["new"]);
    const authenticators = [{ id: "a-1", method: "PASSKEY", createdAtMs: 1 }];
    expect(await ledger.compareAuthenticators({ askedAtMs: asked, authenticators })).toEqual([]);
  });

  it("holds no action back that events told to code which noted none of them", async () => {
    const roster = env.ROSTER.getByName(crypto.randomUUID());
    await roster.note(newSub());
    await runInDurableObject(roster, (_: Roster, { storage }) => {
      storage.sql.exec(`DROP TABLE actions_asked`);
    });
    await evictDurableObject(roster);
    const began = Date.now();
    expect(await roster.asksForActions(true)).toBeGreaterThanOrEqual(began);
  });
});

describe("since when actions are compared", () => {
  it("is the beginning, unless a run's policy did not ask for them: then that run", async () => {
    const roster = env.ROSTER.getByName(crypto.randomUUID());
    expect(await roster.asksForActions(true)).toBe(0);
    expect(await roster.asksForActions(true)).toBe(0);
    const began = Date.now();
    expect(await roster.asksForActions(false)).toBeUndefined();
    const sinceMs = await roster.asksForActions(true);
    expect(sinceMs).toBeGreaterThanOrEqual(began);
    await evictDurableObject(roster);
    expect(await roster.asksForActions(true)).toBe(sinceMs);
  });
});
