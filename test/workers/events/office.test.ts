import { describe, expect, it } from "vitest";
import { LETTERS_PER_PAGE } from "../../../src/events/dead-letters.ts";
import type { EventOffice } from "../../../src/events/office.ts";
import { parseSub } from "../../../src/identity/principal.ts";
import { LEASE_MS } from "../../../src/ledger/event-reactions.ts";
import { REMEMBER_EFFECT_MS } from "../../../src/ledger/sweep.ts";
import { inOffice } from "./in-office.ts";

const ALICE = parseSub("alice-0001");
const MAX_TYPES = 1_000;
const MONTH_MS = 31 * 24 * 3600_000;

const buryOne = (office: EventOffice, id: string, sub = ALICE, messageId = `message of ${id}`) =>
  office.bury(messageId, { id, type: "authenticator.deleted", sub, message: { id } });

async function buryMany(office: EventOffice, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `letter-${index}`);
  for (const id of ids) {
    await buryOne(office, id);
  }
  return ids;
}

function rowsOf({ sql }: DurableObjectStorage, table: string): number {
  return sql.exec<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`).one().rows;
}

describe("a letter", () => {
  it("is kept once, and has its number until it is dropped; then it gets another", () =>
    inOffice(async (office) => {
      const first = await buryOne(office, "one");
      expect(first?.isNew).toBe(true);
      expect(await buryOne(office, "one")).toEqual({ ...first, isNew: false });
      await office.drop("one");
      expect(await buryOne(office, "one")).toBeUndefined(); // the same message, which came again for its alert
      const second = await buryOne(office, "one", ALICE, "another message");
      expect(second?.isNew).toBe(true);
      expect(second?.burial).toBeGreaterThan(first?.burial ?? Infinity);
    }));

  it("is found whole, with the reasons that were noted before", () =>
    inOffice(async (office) => {
      await office.noteReasons("one", ["removed: alert: no answer"]);
      await buryOne(office, "one");
      expect(await office.find("one")).toMatchObject({
        id: "one",
        sub: ALICE,
        reasons: ["removed: alert: no answer"],
        message: { id: "one" },
      });
      expect(await office.find("two")).toBeUndefined();
    }));

  it("is dropped with its reasons, once", () =>
    inOffice(async (office, storage) => {
      await office.noteReasons("one", ["why"]);
      await office.noteReasons("two", ["why"]);
      await buryOne(office, "one");
      expect([await office.drop("one"), await office.drop("one")]).toEqual([true, false]);
      expect([rowsOf(storage, "letter"), rowsOf(storage, "reasons")]).toEqual([0, 1]);
    }));

  it("is forgotten with the user it is about, and so are its reasons; no other is", () =>
    inOffice(async (office, storage) => {
      const mallory = parseSub("mallory-0001");
      for (const [id, sub] of [
        ["one", ALICE],
        ["two", mallory],
        ["three", ALICE],
      ] as const) {
        await office.noteReasons(id, ["why"]);
        await buryOne(office, id, sub);
      }
      expect(ALICE && (await office.forget(ALICE))).toBe(2);
      const { letters } = await office.list(0);
      expect(letters).toMatchObject([{ id: "two", sub: mallory, reasons: ["why"] }]);
      expect(rowsOf(storage, "reasons")).toBe(1);
    }));

  it("keeps its reasons as long as it is there; those of what became no letter go after a month", () =>
    inOffice(async (office, { sql }) => {
      await office.noteReasons("one", ["why"]);
      await office.noteReasons("lost", ["why"]);
      await buryOne(office, "one");
      sql.exec(`UPDATE reasons SET at_ms = at_ms - ?`, MONTH_MS);
      await office.noteReasons("other", ["why"]);
      expect(sql.exec(`SELECT id FROM reasons ORDER BY id`).toArray()).toEqual([
        { id: "one" },
        { id: "other" },
      ]);
    }));
});

describe("the list", () => {
  it("has every letter on one page or another, the oldest first", () =>
    inOffice(async (office) => {
      const ids = await buryMany(office, LETTERS_PER_PAGE + 1);
      const first = await office.list(0);
      const second = await office.list(first.next ?? -1);
      expect([first.letters.length, second.letters.length, second.next]).toEqual([
        LETTERS_PER_PAGE,
        1,
        undefined,
      ]);
      expect([...first.letters, ...second.letters].map(({ id }) => id)).toEqual(ids);
    }));

  it("goes on behind a page whose last letter was dropped meanwhile", () =>
    inOffice(async (office) => {
      const ids = await buryMany(office, LETTERS_PER_PAGE + 1);
      const { letters, next } = await office.list(0);
      await office.drop(letters.at(-1)?.id ?? "");
      expect((await office.list(next ?? -1)).letters.map(({ id }) => id)).toEqual(ids.slice(-1));
    }));

  it("ends with a page that is just full", () =>
    inOffice(async (office) => {
      await buryMany(office, LETTERS_PER_PAGE);
      const { next } = await office.list(0);
      expect(await office.list(next ?? -1)).toEqual({ letters: [], next: undefined });
    }));
});

describe("types that nobody knows", () => {
  it("are counted up to a thousand of them; those go on being counted", () =>
    inOffice(async (office) => {
      await office.countUnknown(Array.from({ length: MAX_TYPES + 5 }, (_, index) => `type-${index}`));
      await office.countUnknown(["type-0", `type-${MAX_TYPES - 1}`, "one-more"]);
      const types = await office.unknownTypes();
      expect(types).toHaveLength(MAX_TYPES);
      expect(types.filter(({ count }) => count === 2).map(({ type }) => type)).toEqual([
        "type-0",
        `type-${MAX_TYPES - 1}`,
      ]);
    }));
});

describe("effects of events that are nobody's", () => {
  it("are leased to one run at a time, and never again once they are done", () =>
    inOffice(async (office) => {
      const { leasedUntilMs, ...leases } = await office.leaseEffects(["a", "b"]);
      expect(leases).toEqual({ mine: ["a", "b"], busy: [] });
      expect(await office.leaseEffects(["a", "b", "c"])).toMatchObject({ mine: ["c"], busy: ["a", "b"] });
      await office.finishEffects({ done: ["a"], failed: ["b"], leasedUntilMs });
      expect(await office.leaseEffects(["a", "b", "c"])).toMatchObject({ mine: ["b"], busy: ["c"] });
    }));

  it("are free again a minute after a run broke off", () =>
    inOffice(async (office, { sql }) => {
      await office.leaseEffects(["a"]);
      sql.exec(`UPDATE lease SET until_ms = until_ms - ?`, LEASE_MS);
      expect(await office.leaseEffects(["a"])).toMatchObject({ mine: ["a"], busy: [] });
    }));

  it("are remembered as long as those of a ledger, and then cleared away", () =>
    inOffice(async (office, storage) => {
      await office.finishEffects({ done: ["a", "b"], failed: [], leasedUntilMs: 0 });
      storage.sql.exec(
        `UPDATE effect SET applied_at_ms = applied_at_ms - ? WHERE id = 'a'`,
        REMEMBER_EFFECT_MS,
      );
      expect(await office.leaseEffects(["a", "b"])).toMatchObject({ mine: ["a"], busy: [] });
      expect(rowsOf(storage, "effect")).toBe(1);
    }));
});
