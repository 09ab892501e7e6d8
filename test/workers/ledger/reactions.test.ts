import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { fc } from "../../support/properties.ts";
import { describe, expect, it, vi } from "vitest";
import type { EventReactions, LedgerReaction } from "../../../src/ledger/event-reactions.ts";
import { LEASE_MS } from "../../../src/ledger/event-reactions.ts";
import type { Ledger } from "../../../src/ledger/object.ts";
import {
  finishEffects,
  countRows,
  newLedger,
  nowSeconds,
  opening,
  pendingChallenge,
  signedIn,
  stateOf,
  succeededChallenge,
  type LedgerStub,
} from "./fixtures.ts";

const reaction = (changes: Partial<LedgerReaction> = {}): LedgerReaction => ({
  reaction: "removed",
  threshold: undefined,
  effects: ["revoke-user"],
  outside: [],
  ...changes,
});
const eventOf = (
  id: string,
  reactions: readonly LedgerReaction[],
  changes: Partial<EventReactions> = {},
): EventReactions => ({
  eventId: id,
  reason: "authenticator.deleted",
  atMs: Date.now(),
  idempotencyKey: undefined,
  isQueued: true,
  takesLeases: true,
  reactions,
  ...changes,
});
const react = async (ledger: LedgerStub, event: EventReactions) => (await ledger.react([event]))[0];
const passTime = (ledger: LedgerStub, byMs: number) =>
  runInDurableObject(ledger, (_: Ledger, { storage }) => {
    storage.sql.exec(`UPDATE lease SET until_ms = until_ms - ?`, byMs);
  });
const isRevoked = async (ledger: LedgerStub, facts = signedIn()) => (await ledger.standing(facts)).revoked;

describe("a reaction on the ledger", () => {
  it("revokes at the event's time, once by the event's id", async () => {
    const ledger = newLedger();
    const event = eventOf("event-1", [reaction()], { atMs: Date.now() - 30_000 });
    expect(await react(ledger, event)).toMatchObject([{ fires: true, applied: ["revoke-user"] }]);
    expect(await isRevoked(ledger, signedIn("old", nowSeconds() - 60))).toBe(true);
    expect(await isRevoked(ledger, signedIn("new", nowSeconds() - 20))).toBe(false);
    expect(await react(ledger, event)).toMatchObject([{ fires: true, applied: [] }]);
  });

  it("counts a time in the future as now", async () => {
    const ledger = newLedger();
    await react(ledger, eventOf("event-1", [reaction()], { atMs: Date.now() + 3_600_000 }));
    expect(await isRevoked(ledger, signedIn("tomorrow", nowSeconds() + 60))).toBe(false);
  });

  it("leaves a new sign-in alone when an old event is replayed days later, with or without its mark", async () => {
    const ledger = newLedger();
    const old = eventOf(
      "event-1",
      [reaction({ effects: ["revoke-user", "end-grants", "require-step-up"] })],
      {
        atMs: Date.now() - 3 * 86_400_000,
      },
    );
    const facts = signedIn();
    await succeededChallenge(ledger, facts);
    await react(ledger, old);
    await runInDurableObject(ledger, (_: Ledger, { storage }) => {
      storage.sql.exec(`DELETE FROM effect`);
    });
    await react(ledger, old);
    expect(await ledger.standing(facts)).toEqual({ revoked: false });
    expect(await countRows(ledger, "grant_given")).toBe(1);
  });

  it("ends the session that its challenge belongs to, and no other", async () => {
    const ledger = newLedger();
    const [mine, other] = [signedIn("mine"), signedIn("other")];
    const id = await pendingChallenge(ledger, mine);
    const event = eventOf("event-1", [reaction({ effects: ["revoke-session"] })], { idempotencyKey: id });
    expect(await react(ledger, event)).toMatchObject([{ applied: ["revoke-session"] }]);
    expect([await isRevoked(ledger, mine), await isRevoked(ledger, other)]).toEqual([true, false]);
  });

  it("ends nothing in place of a session that it does not know, and says so", async () => {
    const ledger = newLedger();
    const unknown = eventOf("event-1", [reaction({ effects: ["revoke-session"] })], {
      idempotencyKey: crypto.randomUUID(),
    });
    expect(await react(ledger, unknown)).toMatchObject([{ fires: true, applied: [] }]);
    expect(await isRevoked(ledger)).toBe(false);
  });

  it("ends all sessions but the event's own, and what they had open", async () => {
    const ledger = newLedger();
    const [mine, other] = [signedIn("mine"), signedIn("other")];
    const own = await pendingChallenge(ledger, mine);
    const theirs = await pendingChallenge(ledger, other);
    await react(
      ledger,
      eventOf("event-1", [reaction({ effects: ["revoke-others"] })], { idempotencyKey: own }),
    );
    expect([await isRevoked(ledger, mine), await isRevoked(ledger, other)]).toEqual([false, true]);
    expect(await stateOf(ledger, mine, own)).toBe("pending");
    expect(await stateOf(ledger, other, theirs)).toBeUndefined();
    expect(await isRevoked(ledger, signedIn("later", nowSeconds() + 2))).toBe(false);
    expect(await countRows(ledger, "kept")).toBe(1);
  });

  it("spares the one session that was enrolling when an authenticator was added, and none when two were", async () => {
    const added = { reason: "authenticator.created" };
    const [mine, other] = [signedIn("mine"), signedIn("other")];
    for (const enrolling of [[mine], [mine, other]]) {
      const ledger = newLedger();
      for (const facts of enrolling) {
        await pendingChallenge(ledger, facts, { opening: { kind: "enrolment" } });
      }
      await react(ledger, eventOf("event-1", [reaction({ effects: ["revoke-others"] })], added));
      expect([await isRevoked(ledger, mine), await isRevoked(ledger, other)]).toEqual([
        enrolling.length > 1,
        true,
      ]);
    }
  });

  it("spares nobody where no session is known to be the current one", async () => {
    const ledger = newLedger();
    await react(ledger, eventOf("event-1", [reaction({ effects: ["revoke-others"] })]));
    expect(await isRevoked(ledger)).toBe(true);
  });

  it("takes back the sparing when a later event ends that session too", async () => {
    const ledger = newLedger();
    const mine = signedIn("mine");
    const id = await pendingChallenge(ledger, mine);
    await react(
      ledger,
      eventOf("event-1", [reaction({ effects: ["revoke-others"] })], { idempotencyKey: id }),
    );
    await react(ledger, eventOf("event-2", [reaction()]));
    expect(await isRevoked(ledger, mine)).toBe(true);
  });

  it("forgets grants from before the event, not after", async () => {
    const ledger = newLedger();
    await succeededChallenge(ledger, signedIn());
    const ending = [reaction({ effects: ["end-grants"] })];
    await react(ledger, eventOf("event-1", ending, { atMs: Date.now() - 60_000 }));
    expect(await countRows(ledger, "grant_given")).toBe(1);
    await react(ledger, eventOf("event-2", ending));
    expect(await countRows(ledger, "grant_given")).toBe(0);
  });

  it.each([
    ["end-grants", ["failed", "succeeded", "succeeded"]],
    ["require-step-up", ["failed", "failed", "succeeded"]],
  ] as const)("by %s ends what was passed before the event and not used yet", async (effect, states) => {
    const ledger = newLedger();
    const facts = signedIn();
    const [proof, review] = [
      await succeededChallenge(ledger, facts),
      await succeededChallenge(ledger, facts, { pending: { kind: "review" } }),
    ];
    const [used, waiting] = [await succeededChallenge(ledger, facts), await pendingChallenge(ledger, facts)];
    await ledger.consume(facts, used, "ticket");
    await react(ledger, eventOf("late", [reaction({ effects: [effect] })], { atMs: Date.now() - 60_000 }));
    const atMs = Date.now();
    await react(ledger, eventOf("event-1", [reaction({ effects: [effect] })], { atMs }));
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(atMs)); // the clock has whole milliseconds
    await ledger.settle(facts, waiting, { state: "succeeded", verificationMethod: "PASSKEY" });
    const now = await Promise.all([proof, review, waiting].map((id) => stateOf(ledger, facts, id)));
    expect(now).toEqual(states);
    expect(await stateOf(ledger, facts, used)).toBe("consumed");
    expect(await ledger.kept(facts, proof)).toBeDefined();
  });

  it("says which effects elsewhere are still to be done, until they are", async () => {
    const ledger = newLedger();
    const event = eventOf("event-1", [reaction({ outside: ["sign-out-cognito", "alert"] })]);
    const [signOut, alert] = ["sign-out-cognito", "alert"].map((effect) => `${effect}:event-1/removed`);
    expect(await react(ledger, event)).toMatchObject([{ pending: ["sign-out-cognito", "alert"], busy: [] }]);
    await finishEffects(ledger, { done: [`${signOut}`], failed: [`${alert}`] });
    expect(await react(ledger, event)).toMatchObject([{ pending: ["alert"], busy: [] }]);
    await finishEffects(ledger, { done: [`${alert}`], failed: [] });
    expect(await react(ledger, event)).toMatchObject([{ pending: [], busy: [] }]);
    expect(await countRows(ledger, "lease")).toBe(0);
    expect(await react(ledger, { ...event, eventId: "event-2" })).toMatchObject([
      { pending: ["sign-out-cognito", "alert"] },
    ]);
  });

  it("lets one run at a time do what is elsewhere, and another when the first does not come back", async () => {
    const ledger = newLedger();
    const event = eventOf("event-1", [reaction({ outside: ["alert"] })]);
    const other = eventOf("event-1", [reaction({ reaction: "other", outside: ["alert"] })]);
    expect(await react(ledger, { ...event, isQueued: false })).toMatchObject([{ pending: [], busy: [] }]);
    const both = await Promise.all([react(ledger, event), react(ledger, event)]);
    expect(both).toMatchObject([[{ pending: ["alert"], busy: [] }], [{ pending: [], busy: ["alert"] }]]);
    expect(await react(ledger, other)).toMatchObject([{ pending: ["alert"] }]);
    await passTime(ledger, LEASE_MS - 1_000);
    expect(await react(ledger, event)).toMatchObject([{ pending: [], busy: ["alert"] }]);
    await passTime(ledger, 1_000);
    expect(await react(ledger, event)).toMatchObject([{ pending: ["alert"], busy: [] }]);
    expect(await react(ledger, event)).toMatchObject([{ pending: [], busy: ["alert"] }]);
  });

  it("does not let a run that was too slow give back what another has taken meanwhile", async () => {
    const ledger = newLedger();
    const event = eventOf("event-1", [reaction({ outside: ["alert"] })]);
    const slow = (await react(ledger, event))?.[0]?.leasedUntilMs ?? 0;
    await passTime(ledger, LEASE_MS + 1);
    expect(await react(ledger, event)).toMatchObject([{ pending: ["alert"] }]);
    await ledger.finishEffects({ done: [], failed: ["alert:event-1/removed"], leasedUntilMs: slow - 1 });
    expect(await react(ledger, event)).toMatchObject([{ pending: [], busy: ["alert"] }]);
  });

  it("leases nothing to a Worker of before, which would not say what became of it", async () => {
    const ledger = newLedger();
    const event = eventOf("event-1", [reaction({ outside: ["alert"] })], { takesLeases: false });
    expect(await react(ledger, event)).toMatchObject([{ pending: ["alert"], busy: [] }]);
    expect(await react(ledger, event)).toMatchObject([{ pending: ["alert"], busy: [] }]);
  });

  it("is there together with its mark, or not at all", async () => {
    const ledger = newLedger();
    await ledger.standing(signedIn());
    const event = eventOf("event-1", [reaction({ effects: ["end-grants", "revoke-user"] })]);
    await runInDurableObject(ledger, (_: Ledger, { storage }) => {
      storage.sql.exec(`ALTER TABLE revocation RENAME TO away`);
    });
    await expect(react(ledger, event)).rejects.toThrow();
    expect(await countRows(ledger, "effect")).toBe(0);
    await runInDurableObject(ledger, (_: Ledger, { storage }) => {
      storage.sql.exec(`ALTER TABLE away RENAME TO revocation`);
    });
    expect(await react(ledger, event)).toMatchObject([{ applied: ["end-grants", "revoke-user"] }]);
  });
});

describe("a demanded step-up", () => {
  const demand = [reaction({ effects: ["require-step-up"] })];

  it("makes earlier grants worth nothing, until the session passes a new one", async () => {
    const ledger = newLedger();
    const [mine, thief] = [signedIn("mine"), signedIn("thief")];
    await succeededChallenge(ledger, mine);
    const atMs = Date.now();
    await react(ledger, eventOf("event-1", demand, { atMs }));
    expect(await ledger.standing(mine)).toEqual({ revoked: false, stepUpDemanded: true });
    expect(await ledger.open(mine, opening())).toMatchObject({
      ok: true,
      stepUpDemanded: true,
      lastGrant: undefined,
    });

    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(atMs)); // the clock has whole milliseconds
    await succeededChallenge(ledger, mine);
    expect(await ledger.standing(mine)).toEqual({ revoked: false });
    expect(await ledger.open(mine, opening())).toMatchObject({ lastGrant: { action: "transfer" } });
    expect(await ledger.standing(thief)).toEqual({ revoked: false, stepUpDemanded: true });
  });

  it("is not taken back by an older event that comes later", async () => {
    const ledger = newLedger();
    await react(ledger, eventOf("event-2", demand));
    await succeededChallenge(ledger, signedIn());
    await react(ledger, eventOf("event-1", demand, { atMs: Date.now() - 60_000 }));
    const demanded = await runInDurableObject(ledger, (_: Ledger, { storage }) =>
      storage.sql.exec<{ at_ms: number }>(`SELECT at_ms FROM demand`).one(),
    );
    expect(Date.now() - demanded.at_ms).toBeLessThan(30_000);
  });
});

describe("a threshold", () => {
  const threshold = { count: 3, withinMs: 60_000 };
  const three = [reaction({ threshold, outside: ["alert"] })];
  const startMs = Date.now() - 600_000;
  const DAY_MS = 86_400_000;
  const earlier = (event: EventReactions, days: number) => ({ ...event, atMs: event.atMs - days * DAY_MS });
  const ageSightings = (ledger: LedgerStub, days: number) =>
    runInDurableObject(ledger, (_: Ledger, { storage }) => {
      for (const column of ["at_ms", "fired_at_ms", "counts_until_ms", "forget_at_ms"]) {
        storage.sql.exec(`UPDATE sighting SET ${column} = ${column} - ?`, days * DAY_MS);
      }
    });
  const at = (id: string, seconds: number) => eventOf(id, three, { atMs: startMs + seconds * 1000 });
  const firing = async (ledger: LedgerStub, events: readonly EventReactions[]) => {
    const fired: string[] = [];
    for (const event of events) {
      if ((await react(ledger, event))?.[0]?.fires === true) {
        fired.push(event.eventId);
      }
    }
    return fired;
  };

  it("is reached by so many events within the time, and then counts anew", async () => {
    const ledger = newLedger();
    const events = [0, 10, 20, 30, 40, 50].map((seconds) => at(`event-${seconds}`, seconds));
    expect(await firing(ledger, events)).toEqual(["event-20", "event-50"]);
  });

  it("says of an event that its time is no longer counted in", async () => {
    const ledger = newLedger();
    const WEEK_MS = 7 * 86_400_000;
    const old = eventOf("old", three, { atMs: Date.now() - threshold.withinMs - WEEK_MS });
    expect(await react(ledger, old)).toMatchObject([{ fires: false, isLate: true }]);
    expect((await react(ledger, at("a", 0)))?.[0]).not.toHaveProperty("isLate");
  });

  it("is not reached by events that lie further apart, nor by one that comes again", async () => {
    const ledger = newLedger();
    expect(await firing(ledger, [at("a", 0), at("b", 50), at("c", 61), at("b", 50), at("c", 61)])).toEqual(
      [],
    );
  });

  it("says the same of an event that comes again, so that what failed then can be tried again", async () => {
    const ledger = newLedger();
    await firing(ledger, [at("a", 0), at("b", 1), at("c", 2)]);
    await finishEffects(ledger, { done: [], failed: ["alert:c/removed"] });
    expect(await react(ledger, at("c", 2))).toMatchObject([{ fires: true, applied: [], pending: ["alert"] }]);
    expect(await react(ledger, at("a", 0))).toMatchObject([{ fires: false, pending: [] }]);
  });

  it("does nothing before it is reached, and revokes up to its latest event then", async () => {
    const ledger = newLedger();
    await firing(ledger, [at("c", 20), at("a", 0)]);
    expect(await isRevoked(ledger, signedIn("old", startMs / 1000 - 60))).toBe(false);
    await firing(ledger, [at("b", 10)]);
    const authTime = Math.floor(startMs / 1000);
    expect(await isRevoked(ledger, signedIn("before", authTime + 19))).toBe(true);
    expect(await isRevoked(ledger, signedIn("after", authTime + 22))).toBe(false);
  });

  it("of one reaction counts nothing for another", async () => {
    const ledger = newLedger();
    const other = [reaction({ reaction: "other", threshold })];
    expect(await firing(ledger, [at("a", 0), at("b", 1), eventOf("c", other, { atMs: startMs })])).toEqual(
      [],
    );
  });

  it("is not reached again by a replay of what reached it, however many days later and in whatever order", async () => {
    const burst = [0, 5, 10, 12, 14, 200, 205, 210].map((seconds) => at(`event-${seconds}`, seconds));
    for (const days of [6, 7, 8, 31, 44, 46, 400]) {
      for (const isSwept of [true, false]) {
        const ledger = newLedger();
        expect(await firing(ledger, burst)).toEqual(["event-10", "event-210"]);
        await ageSightings(ledger, days);
        await (isSwept ? runDurableObjectAlarm(ledger) : undefined);
        const again = burst.toReversed().map((event) => earlier(event, days));
        const anew = (await firing(ledger, again)).filter((id) => id !== "event-10" && id !== "event-210");
        expect([days, isSwept, anew]).toEqual([days, isSwept, []]);
      }
    }
  });

  const owing = (event: EventReactions): EventReactions => ({
    ...event,
    reactions: [reaction({ threshold, outside: ["sign-out-cognito", "alert"] })],
  });
  /** Everything about the threshold happened so much longer ago, and the alarm came. */
  const later = async (ledger: LedgerStub, days: number) => {
    await ageSightings(ledger, days);
    await passTime(ledger, days * DAY_MS);
    await runInDurableObject(ledger, (_: Ledger, { storage }) => {
      storage.sql.exec(`UPDATE effect SET applied_at_ms = applied_at_ms - ?`, days * DAY_MS);
    });
    await runDurableObjectAlarm(ledger);
  };

  it("that was reached says so, however late, until all is done that it called for", async () => {
    for (const days of [8, 44, 400, 4_000]) {
      const ledger = newLedger();
      await firing(
        ledger,
        ["a", "b", "c"].map((id, nth) => owing(at(id, nth))),
      );
      await finishEffects(ledger, { done: [], failed: ["alert:c/removed"] });
      await finishEffects(ledger, { done: ["sign-out-cognito:c/removed"], failed: [] });
      await later(ledger, days);
      // A mark of what was done is not kept for ever.
      const pending = days < 45 ? ["alert"] : ["sign-out-cognito", "alert"];
      const replay = owing(earlier(at("c", 2), days));
      expect([days, await react(ledger, replay)]).toMatchObject([days, [{ fires: true, pending }]]);
      expect(await countRows(ledger, "sighting")).toBe(1);

      await finishEffects(ledger, { done: pending.map((effect) => `${effect}:c/removed`), failed: [] });
      await later(ledger, 40);
      const again = owing(earlier(at("c", 2), days + 40));
      expect(await react(ledger, again)).toMatchObject([{ fires: true, pending: [] }]);
      await later(ledger, 6);
      expect(await countRows(ledger, "sighting")).toBe(0);
      expect(await react(ledger, owing(earlier(at("c", 2), days + 46)))).toMatchObject([{ fires: false }]);
    }
  });

  it("that was reached and calls for nothing elsewhere is forgotten with its mark", async () => {
    const ledger = newLedger();
    const local = [reaction({ threshold })];
    const events = ["a", "b", "c"].map((id, nth) => ({ ...at(id, nth), reactions: local }));
    expect(await firing(ledger, events)).toEqual(["c"]);
    await later(ledger, 44);
    expect(await countRows(ledger, "sighting")).toBe(1);
    await later(ledger, 2);
    expect(await countRows(ledger, "sighting")).toBe(0);
  });

  it("that was reached is known for as long as events of its time are counted", async () => {
    const ledger = newLedger();
    const long = [reaction({ threshold: { count: 2, withinMs: 90 * DAY_MS } })];
    const [first, second] = ["a", "b"].map((id) => eventOf(id, long));
    const pair = [first, second].filter((event) => event !== undefined);
    expect(await firing(ledger, pair)).toEqual(["b"]);
    await later(ledger, 60);
    const again = pair.map((event) => earlier(event, 60)).toReversed();
    expect(await firing(ledger, again)).toEqual(["b"]); // and not a second time by "a"
    await later(ledger, 38);
    expect(await countRows(ledger, "sighting")).toBe(0);
  });

  it("counts an event for a week and its time, and the alarm forgets it then", async () => {
    const ledger = newLedger();
    const keepMs = 7 * DAY_MS + threshold.withinMs;
    await firing(
      ledger,
      [at("a", 0), at("b", 1)].map((event) => ({ ...event, isQueued: false })),
    );
    const alarmMs = await runInDurableObject(ledger, (_: Ledger, { storage }) => storage.getAlarm());
    expect(alarmMs).toBeLessThanOrEqual(Date.now() + keepMs);
    expect(await firing(ledger, [eventOf("late", three, { atMs: Date.now() - keepMs })])).toEqual([]);
    expect(await countRows(ledger, "sighting")).toBe(2);
    await ageSightings(ledger, 6);
    await runDurableObjectAlarm(ledger);
    expect(await countRows(ledger, "sighting")).toBe(2);
    expect(await firing(ledger, [earlier(at("c", 2), 6)])).toEqual(["c"]);
    await ageSightings(ledger, 2);
    await runDurableObjectAlarm(ledger);
    expect(await countRows(ledger, "sighting")).toBe(1);
  });

  it("is reached as often in any order, with any duplicates", { timeout: 30_000 }, async () => {
    const burst = [0, 5, 10, 200, 205, 210, 400].map((seconds) => at(`event-${seconds}`, seconds));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...burst), { maxLength: 5 }),
        fc.shuffledSubarray(burst, { minLength: burst.length }),
        async (duplicates, order) => {
          const ledger = newLedger();
          const fired = await firing(ledger, [...order, ...duplicates]);
          expect(new Set(fired).size).toBe(2);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("several events in one call", () => {
  it("are applied in the order of their times, and answered in the order given", async () => {
    const ledger = newLedger();
    const facts = signedIn();
    const id = await pendingChallenge(ledger, facts);
    const revoking = eventOf("late", [reaction()], { atMs: Date.now() });
    const ending = eventOf("early", [reaction({ effects: ["revoke-session"] })], {
      atMs: Date.now() - 1_000,
      idempotencyKey: id,
    });
    const outcomes = await ledger.react([revoking, ending]);
    expect(outcomes.map(([first]) => first?.applied)).toEqual([["revoke-user"], ["revoke-session"]]);
  });
});
