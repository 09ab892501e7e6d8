import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import type { Ledger } from "../../../src/ledger/object.ts";
import { migrate } from "../../../src/ledger/tables.ts";
import {
  challengeIn,
  countRows,
  newLedger,
  pendingChallenge,
  setBack,
  signedIn,
  stateOf,
  succeededChallenge,
} from "./fixtures.ts";

const DAY_MS = 24 * 3_600_000;
const facts = signedIn();

describe("the alarm", () => {
  it("is set by the first challenge, and not moved by the next", async () => {
    const ledger = newLedger();
    const alarm = () => runInDurableObject(ledger, (_: Ledger, { storage }) => storage.getAlarm());
    expect(await alarm()).toBeNull();
    await pendingChallenge(ledger, facts);
    const set = await alarm();
    expect((set ?? 0) - Date.now()).toBeGreaterThan(DAY_MS);
    await pendingChallenge(ledger, facts, { opening: { lifeSeconds: 3_600 } });
    expect(await alarm()).toBe(set);
  });

  it("forgets what ended a day ago with what was kept, remembers the rest, and comes again", async () => {
    const ledger = newLedger();
    const old = await challengeIn(ledger, facts, "uncertain");
    const recent = await challengeIn(ledger, facts, "delivered");
    await setBack(ledger, old, { expiresMs: DAY_MS + 601_000 });
    expect(await runDurableObjectAlarm(ledger)).toBe(true);
    expect(await stateOf(ledger, facts, old)).toBeUndefined();
    expect(await stateOf(ledger, facts, recent)).toBe("delivered");
    expect(await countRows(ledger, "kept")).toBe(0);
    expect(await runInDurableObject(ledger, (_: Ledger, { storage }) => storage.getAlarm())).not.toBeNull();
  });

  it("does not come again when nothing is left", async () => {
    const ledger = newLedger();
    await setBack(ledger, await pendingChallenge(ledger, facts), { expiresMs: DAY_MS + 601_000 });
    await vi.waitFor(async () => expect(await countRows(ledger, "roster_note")).toBe(1));
    await runInDurableObject(ledger, (_: Ledger, { storage }) => {
      storage.sql.exec(`UPDATE roster_note SET at_ms = 0`);
    });
    await runDurableObjectAlarm(ledger);
    expect(await countRows(ledger, "challenge")).toBe(0);
    expect(await runDurableObjectAlarm(ledger)).toBe(false);
  });
});

describe("the tables", () => {
  it("are made once, and a second time changes nothing", async () => {
    const ledger = newLedger();
    const id = await succeededChallenge(ledger, facts);
    await runInDurableObject(ledger, (_: Ledger, { storage }) => {
      migrate(storage.sql);
      migrate(storage.sql);
    });
    expect(await countRows(ledger, "meta")).toBe(1);
    expect(await stateOf(ledger, facts, id)).toBe("succeeded");
  });

  it("survive the end of the object that wrote them", async () => {
    const ledger = newLedger();
    const id = await succeededChallenge(ledger, facts);
    await evictDurableObject(ledger);
    expect(await stateOf(ledger, facts, id)).toBe("succeeded");
    expect(await ledger.consume(facts, id, "ticket")).toMatchObject({ ok: true });
  });
});
