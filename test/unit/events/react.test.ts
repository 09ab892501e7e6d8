import { describe, expect, it, vi } from "vitest";
import type { AuditEntry } from "../../../src/audit/record.ts";
import type { Outside } from "../../../src/events/outside.ts";
import { react, reactAtOnce, type ReactPorts } from "../../../src/events/react.ts";
import type { OutsideEffect } from "../../../src/ledger/event-reactions.ts";
import type { Reaction } from "../../../src/policy/schema.ts";
import { EVENT_ID, readOne, SUB, wireEvent, wireRecord } from "./fixtures.ts";
import { memoryLedger } from "./memory-ledger.ts";

const REACTION: Reaction = {
  id: "removed",
  on: ["authenticator.deleted", "tenant.renamed"],
  do: ["alert", "revoke-user", "disable-user", "sign-out-cognito", "record", "revoke-authsignal-sessions"],
};
const ID = `${EVENT_ID}/removed`;

/** Ports that remember what they are asked, and fail where they are told to. */
function world() {
  const broken = new Set<OutsideEffect | "ledger">();
  const done: string[] = [];
  const entries: AuditEntry[] = [];
  const names: string[] = [];
  const memory = memoryLedger({
    before: () => {
      if (broken.has("ledger")) {
        throw new Error("storage");
      }
    },
  });
  const outside: Outside = async (effect, event, reaction) => {
    if (broken.has(effect)) {
      return `${effect} is broken`;
    }
    done.push(`${effect}:${event.id}/${reaction.id}`);
    return undefined;
  };
  const ports: ReactPorts = {
    ledgerOf: (sub) => {
      names.push(sub);
      return memory.ledger;
    },
    nobody: memory.ledger,
    outside,
    record: (entry) => entries.push(entry),
  };
  return { ports, broken, done, entries, names, ...memory };
}

describe("reacting", () => {
  it("tells the ledger which authenticators there are, whatever the policy does about it", async () => {
    const { ports, told, names, done } = world();
    expect(await react(await readOne(wireEvent()), [], ports)).toEqual([]);
    expect(told).toMatchObject([{ eventId: EVENT_ID, authenticator: { change: "deleted" }, reactions: [] }]);
    expect([names, done]).toEqual([[SUB], []]);
    const updated = await readOne(wireEvent({ type: "authenticator.updated" }));
    expect(await react(updated, [], ports)).toEqual([]);
    expect(told).toHaveLength(1);
  });

  it("says what came out of the queue, and what is about an action: the rest may still be lost", async () => {
    const blocked: Reaction = { id: "blocked", on: ["action.log_created"], do: ["revoke-user"] };
    const { ports, told } = world();
    const event = await readOne({ records: [wireRecord()] });
    await reactAtOnce([event], [blocked], ports);
    await react(event, [blocked], ports);
    await react(await readOne(wireEvent()), [REACTION], ports);
    expect(told.map(({ isQueued, isAction }) => [isQueued, isAction])).toEqual([
      [undefined, true],
      [true, true],
      [true, false],
    ]);
  });

  it("applies the ledger's effects to the user's ledger, then ends access elsewhere, then tells of it", async () => {
    const { ports, applied, done, entries, names } = world();
    expect(await react(await readOne(wireEvent()), [REACTION], ports)).toEqual([]);
    expect(new Set(names)).toEqual(new Set([SUB]));
    expect(applied).toEqual([`revoke-user:${ID}`]);
    expect(done).toEqual([
      `sign-out-cognito:${ID}`,
      `disable-user:${ID}`,
      `revoke-authsignal-sessions:${ID}`,
      `record:${ID}`,
      `alert:${ID}`,
    ]);
    expect(entries).toContainEqual({ event: "revoked", requestId: ID, sub: SUB, reason: "revoke-user" });
  });

  it("does nothing a second time, not days later either", async () => {
    const { ports, applied, done, entries } = world();
    await react(await readOne(wireEvent()), [REACTION], ports);
    const after = [applied.length, done.length, entries.length];
    expect(await react(await readOne(wireEvent()), [REACTION], ports)).toEqual([]);
    expect([applied.length, done.length, entries.length]).toEqual(after);
  });

  it.each(["sign-out-cognito", "disable-user", "revoke-authsignal-sessions", "alert"] as const)(
    "does the rest when %s fails, and only that again",
    async (part) => {
      const { ports, broken, done, applied, entries } = world();
      broken.add(part);
      const event = await readOne(wireEvent());
      expect(await react(event, [REACTION], ports)).toEqual([
        { effect: part, reaction: "removed", reason: `${part} is broken` },
      ]);
      expect([applied.length, done.length]).toEqual([1, 4]);
      const reason = `${part}: ${part} is broken`;
      expect(entries).toContainEqual({ event: "reaction_failed", requestId: ID, sub: SUB, reason });
      broken.clear();
      expect(await react(event, [REACTION], ports)).toEqual([]);
      expect(done.slice(4)).toEqual([`${part}:${ID}`]);
    },
  );

  it("remembers each effect as soon as it is done, whatever becomes of the run", async () => {
    const { ports, done, marks } = world();
    const hung = Promise.withResolvers<undefined>();
    const outside: Outside = (effect, event, reaction) =>
      effect === "alert" ? hung.promise : ports.outside(effect, event, reaction);
    const run = react(await readOne(wireEvent()), [REACTION], { ...ports, outside });
    await vi.waitFor(() => expect(marks.has(`record:${ID}`)).toBe(true));
    expect(["sign-out-cognito", "disable-user"].filter((effect) => !marks.has(`${effect}:${ID}`))).toEqual(
      [],
    );
    // The run is given up here, and the event comes again.
    await react(await readOne(wireEvent()), [REACTION], ports);
    expect(done.filter((mark) => mark === `sign-out-cognito:${ID}`)).toHaveLength(1);
    hung.resolve(undefined);
    await run;
  });

  it("does nothing elsewhere while the ledger does not say whether it was done", async () => {
    const { ports, broken, done } = world();
    broken.add("ledger");
    expect(await react(await readOne(wireEvent()), [REACTION], ports)).toMatchObject([{ effect: "ledger" }]);
    expect(done).toEqual([]);
  });

  it("records what came too late to count: nobody would know otherwise", async () => {
    const { ports, entries, ledger } = world();
    const late = {
      reaction: "removed",
      fires: false,
      isLate: true,
      applied: [],
      pending: [],
      busy: [],
      leasedUntilMs: 0,
    } as const;
    const ledgerOf = () => ({ ...ledger, react: async () => [[late]] });
    expect(await react(await readOne(wireEvent()), [REACTION], { ...ports, ledgerOf })).toEqual([]);
    expect(entries).toEqual([
      { event: "event_refused", requestId: ID, sub: SUB, reason: expect.stringContaining("too late") },
    ]);
  });

  it("signs a user out once for two reactions to one event, and alerts for each", async () => {
    const { ports, done } = world();
    const other = { ...REACTION, id: "other" };
    await react(await readOne(wireEvent()), [REACTION, other], ports);
    expect(done.filter((mark) => mark.startsWith("sign-out-cognito"))).toHaveLength(1);
    expect(done.filter((mark) => mark.startsWith("alert"))).toHaveLength(2);
    expect(await react(await readOne(wireEvent()), [REACTION, other], ports)).toEqual([]);
    expect(done.filter((mark) => mark.startsWith("sign-out-cognito"))).toHaveLength(1);
  });

  it("alerts and records for an event without a user, and ends nothing; nothing is counted for nobody", async () => {
    const { ports, done, names } = world();
    const event = await readOne(wireEvent({ type: "tenant.renamed", data: {} }));
    const counted: Reaction = { ...REACTION, id: "counted", threshold: { count: 2, within: "5m" } };
    expect(await react(event, [REACTION, counted], ports)).toEqual([]);
    expect(done).toEqual([`record:${ID}`, `alert:${ID}`]);
    expect(names).toEqual([]);
  });

  it.each(["of a user", "of nobody"])(
    "does nothing elsewhere that another copy of an event %s is at, and says so until that is done",
    async (whose) => {
      const { ports, done } = world();
      const hung = Promise.withResolvers<undefined>();
      const outside: Outside = async (...asked) => {
        await hung.promise;
        return ports.outside(...asked);
      };
      const alerting: Reaction = { ...REACTION, do: ["alert"] };
      const event = await readOne(
        whose === "of a user" ? wireEvent() : wireEvent({ type: "tenant.renamed", data: {} }),
      );
      const first = react(event, [alerting], { ...ports, outside });
      await vi.waitFor(async () => {
        expect(await react(event, [alerting], ports)).toEqual([
          {
            effect: "alert",
            reaction: "removed",
            reason: "another copy of the event is at it",
            isUnderWay: true,
          },
        ]);
      });
      hung.resolve(undefined);
      expect(await first).toEqual([]);
      expect(await react(event, [alerting], ports)).toEqual([]);
      expect(done).toEqual([`alert:${ID}`]);
    },
  );

  it("does nothing a second time for an event of nobody, and only what failed again", async () => {
    const { ports, broken, done } = world();
    const event = await readOne(wireEvent({ type: "tenant.renamed", data: {} }));
    broken.add("alert");
    expect(await react(event, [REACTION], ports)).toMatchObject([{ effect: "alert" }]);
    broken.clear();
    expect(await react(event, [REACTION], ports)).toEqual([]);
    expect(await react(event, [REACTION], ports)).toEqual([]);
    expect(done).toEqual([`record:${ID}`, `alert:${ID}`]);
    broken.add("ledger");
    expect(await react(event, [REACTION], ports)).toMatchObject([{ effect: "ledger" }]);
  });
});

describe("reacting at receipt", () => {
  it("tells each user's ledger once, of the events that concern it, and does nothing elsewhere", async () => {
    const { ports, applied, done, names, told } = world();
    const alerting: Reaction = { id: "seen", on: ["authenticator.created"], do: ["alert"] };
    const events = await Promise.all([
      readOne(wireEvent({ id: "one" })),
      readOne(wireEvent({ id: "two" })),
      readOne(wireEvent({ id: "three", type: "authenticator.created" })),
    ]);
    await reactAtOnce(events, [REACTION, alerting], ports);
    expect(names).toEqual([SUB]);
    expect(told.map(({ eventId }) => eventId)).toEqual(["one", "two"]);
    expect(applied).toEqual(["revoke-user:one/removed", "revoke-user:two/removed"]);
    expect(done).toEqual([]);
  });

  it("leaves a ledger that fails to the queue", async () => {
    const { ports, broken } = world();
    broken.add("ledger");
    await expect(reactAtOnce([await readOne(wireEvent())], [REACTION], ports)).resolves.toBeUndefined();
  });
});
