import { describe, expect, it } from "vitest";
import { catchUp, type CatchUpPorts, type CatchUpRoster } from "../../../src/events/catch-up.ts";
import { ok } from "../../../src/http/result.ts";
import { parseSub, type Sub } from "../../../src/identity/principal.ts";

const ROSTERS = 8;
const EVERY_MS = 300_000;
const DAY_MS = 24 * 3_600_000;

function subOf(roster: number, nth: number): Sub {
  const sub = parseSub(`00000000-0000-4000-${String(8000 + roster)}-${String(nth).padStart(12, "0")}`);
  if (sub === undefined) {
    throw new Error("a UUID is a sub");
  }
  return sub;
}

/** Rosters of so many users each, and runs of the job one every five minutes. */
function world(options: {
  readonly users: readonly number[];
  readonly maxUsers: number;
  readonly msPerUser?: number;
}) {
  let nowMs = DAY_MS;
  const turns = new Map<Sub, number>();
  const tables = options.users.map(
    (users, roster) => new Map(Array.from({ length: users }, (_, nth) => [subOf(roster, nth), 0])),
  );
  const rosters: CatchUpRoster[] = tables.map((table) => ({
    waiting: async (atMost) =>
      [...table]
        .map(([sub, sinceMs]) => ({ sub, sinceMs }))
        .toSorted((first, second) => first.sinceMs - second.sinceMs)
        .slice(0, atMost),
    looked: async (subs) => subs.forEach((sub) => table.set(sub, nowMs)),
    asksForActions: async () => undefined,
  }));
  const ports: CatchUpPorts = {
    rosters,
    maxUsers: options.maxUsers,
    ledgerOf: () => ({ compareAuthenticators: async () => [], compareActions: async () => [] }),
    authenticators: async (sub) => {
      turns.set(sub, (turns.get(sub) ?? 0) + 1);
      nowMs += options.msPerUser ?? 0;
      return ok([]);
    },
    actions: async () => ok([]),
    reactions: [],
    take: async () => undefined,
    record: () => undefined,
    nowMs: () => nowMs,
    tenantId: "tenant-1",
  };
  return {
    rosters,
    /** How often each user had a turn, after so many runs more. */
    async turnsAfter(runs: number): Promise<readonly number[]> {
      for (let run = 0; run < runs; run += 1) {
        const beganMs = nowMs;
        expect((await catchUp(ports)).users).toBeLessThanOrEqual(options.maxUsers);
        nowMs = beganMs + EVERY_MS;
      }
      return tables.flatMap((table) => [...table.keys()].map((sub) => turns.get(sub) ?? 0));
    },
    addTo: (roster: number, nth: number) => tables[roster]?.set(subOf(roster, nth), nowMs - DAY_MS),
  };
}

const hundredEach = Array.from({ length: ROSTERS }, () => 100);
const once = (turns: readonly number[]) => turns.every((count) => count === 1);

describe("whoever waits longest is next", () => {
  it("in so many runs as the users take, where the number of users ends each", async () => {
    const { turnsAfter } = world({ users: hundredEach, maxUsers: 200 });
    expect(once(await turnsAfter(4))).toBe(true);
    expect((await turnsAfter(8)).every((count) => count === 3)).toBe(true);
  });

  it("in so many runs as the users take, where the time ends each", async () => {
    const { turnsAfter } = world({ users: hundredEach, maxUsers: 200, msPerUser: 1_200 });
    expect(once(await turnsAfter(8))).toBe(true); // 100 users in two minutes
    expect((await turnsAfter(16)).every((count) => count === 3)).toBe(true);
  });

  it("on a roster that has nearly all of them, and on one that has few", async () => {
    const { turnsAfter } = world({ users: [3, 390, 0, 7, 0, 0, 0, 0], maxUsers: 200 });
    expect(once(await turnsAfter(2))).toBe(true);
  });

  it("however many come anew: who waits for more than a day is before them", async () => {
    const { turnsAfter, addTo } = world({ users: [1, 1], maxUsers: 1 });
    await turnsAfter(2);
    for (let run = 0; run < DAY_MS / EVERY_MS + 2; run += 1) {
      addTo(0, 1_000 + run);
      await turnsAfter(1);
    }
    const turns = await turnsAfter(0);
    expect(turns.at(-1)).toBe(2); // on the last roster
  });

  it("reaches 57,600 users a day, as the page says", async () => {
    const { turnsAfter } = world({ users: Array.from({ length: ROSTERS }, () => 7_200), maxUsers: 200 });
    expect(once(await turnsAfter(DAY_MS / EVERY_MS))).toBe(true);
  });

  it("goes round one roster that does not answer", async () => {
    const { rosters, turnsAfter } = world({ users: [2, 2], maxUsers: 4 });
    Object.assign(rosters[0] ?? {}, { waiting: () => Promise.reject(new Error("away")) });
    expect(await turnsAfter(1)).toEqual([0, 0, 1, 1]);
  });
});
