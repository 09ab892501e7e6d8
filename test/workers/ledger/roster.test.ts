import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { MAX_ROSTERED, type Roster } from "../../../src/ledger/roster.ts";
import { newSub } from "./fixtures.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

const newRoster = () => env.ROSTER.getByName(crypto.randomUUID());
type RosterStub = ReturnType<typeof newRoster>;

const change = (roster: RosterStub, query: string, ...bindings: SqlStorageValue[]) =>
  runInDurableObject(roster, (_: Roster, { storage }) => {
    storage.sql.exec(query, ...bindings);
  });
const subs = async (roster: RosterStub, atMost = 100) => (await roster.waiting(atMost)).map(({ sub }) => sub);
const counts = (roster: RosterStub) =>
  runInDurableObject(roster, (_: Roster, { storage }) =>
    storage.sql
      .exec<{ counted: number; there: number }>(
        `SELECT users AS counted, (SELECT count(*) FROM active) AS there FROM size`,
      )
      .one(),
  );

/** So many users who were active one after the other, the latest just now. */
function fill(roster: RosterStub, users: number): Promise<void> {
  return change(
    roster,
    `WITH RECURSIVE nth(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM nth WHERE n < ?1)
     INSERT INTO active SELECT 'user-' || n, ?2 - ?1 + n, ?2 FROM nth`,
    users,
    Date.now(),
  );
}

/** How many rows SQLite reads for a call. */
function rowsReadBy(roster: RosterStub, call: (instance: Roster) => unknown): Promise<number> {
  return runInDurableObject(roster, async (instance: Roster, { storage }) => {
    const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
    Reflect.set(instance, "sql", {
      exec(query: string, ...bindings: unknown[]) {
        const cursor = storage.sql.exec(query, ...bindings);
        cursors.push(cursor);
        return cursor;
      },
    });
    await call(instance);
    Reflect.set(instance, "sql", storage.sql);
    return cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
  });
}

describe("a roster", () => {
  it("gives whoever waits longest first, and forgets whoever was not active for a day", async () => {
    const roster = newRoster();
    const [first, second, third] = [newSub(), newSub(), newSub()];
    await roster.note(first);
    await roster.note(second);
    await roster.looked([first]);
    expect(await subs(roster, 1)).toEqual([second]);
    await roster.looked([second]);
    await roster.note(third);
    expect((await subs(roster))[0]).toBe(third);
    await change(
      roster,
      `UPDATE active SET active_at_ms = active_at_ms - ? WHERE sub = ?`,
      DAY_MS + MINUTE_MS,
      third,
    );
    expect(await subs(roster)).toHaveLength(2);
  });

  it("puts who comes anew before all but those who wait for more than a day", async () => {
    const roster = newRoster();
    const [patient, served, anew] = [newSub(), newSub(), newSub()];
    await roster.note(patient);
    await roster.note(served);
    await change(roster, `UPDATE active SET looked_at_ms = ?`, Date.now() - DAY_MS - MINUTE_MS);
    await roster.looked([served]);
    await roster.note(anew);
    expect(await subs(roster)).toEqual([patient, anew, served]);
  });

  it("reads as many rows for a note beside twenty thousand users as beside none", async () => {
    const [large, small] = [newRoster(), newRoster()];
    await fill(large, 20_000);
    const known = newSub();
    for (const roster of [large, small]) {
      await roster.note(known);
    }
    for (const sub of [known, newSub()]) {
      const [beside, none] = [
        await rowsReadBy(large, (roster) => roster.note(sub)),
        await rowsReadBy(small, (roster) => roster.note(sub)),
      ];
      expect(none).toBeLessThanOrEqual(8);
      expect(beside).toBeLessThanOrEqual(none + 2);
    }
  });

  it("holds so many users, and whoever was active longest ago gives way", { timeout: 30_000 }, async () => {
    const roster = newRoster();
    await fill(roster, MAX_ROSTERED);
    const [first, second] = [newSub(), newSub()];
    await roster.note(first);
    await roster.note(second);
    await roster.note(second);
    expect(await counts(roster)).toEqual({ counted: MAX_ROSTERED, there: MAX_ROSTERED });
    const gone = await runInDurableObject(roster, (_: Roster, { storage }) =>
      storage.sql
        .exec<{ sub: string }>(`SELECT sub FROM active WHERE sub IN ('user-1', 'user-2', 'user-3')`)
        .toArray(),
    );
    expect(gone).toEqual([{ sub: "user-3" }]);
    expect((await subs(roster, 2)).toSorted()).toEqual([first, second].toSorted());
  });

  it("forgets by its notes alone, where no job asks it", async () => {
    const roster = newRoster();
    await fill(roster, 25);
    await change(roster, `UPDATE active SET active_at_ms = active_at_ms - ?`, DAY_MS + MINUTE_MS);
    const sub = newSub();
    for (const there of [16, 6, 1]) {
      await roster.note(sub);
      expect(await counts(roster)).toEqual({ counted: there, there });
    }
    await roster.forget(sub);
    expect(await counts(roster)).toEqual({ counted: 0, there: 0 });
  });

  it("counts anew what code noted that did not count", async () => {
    const roster = newRoster();
    await fill(roster, 3);
    for (const statement of ["TRIGGER active_came", "TRIGGER active_went", "TABLE size"]) {
      await change(roster, `DROP ${statement}`);
    }
    await evictDurableObject(roster);
    await roster.note(newSub());
    expect(await counts(roster)).toEqual({ counted: 4, there: 4 });
  });
});
