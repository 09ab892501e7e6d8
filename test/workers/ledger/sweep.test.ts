import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Ledger } from "../../../src/ledger/object.ts";
import { LEASE_MS } from "../../../src/ledger/event-reactions.ts";
import { signInLifeMs } from "../../../src/ledger/retention.ts";
import { sweep, sweepRules } from "../../../src/ledger/sweep.ts";
import {
  countRows,
  newLedger,
  nowSeconds,
  signedIn,
  succeededChallenge,
  type LedgerStub,
} from "./fixtures.ts";

const DAY_MS = 24 * 3_600_000;
/** The default of `REFRESH_TOKEN_DAYS`, and two days for the last access token. */
const LIFE_MS = 32 * DAY_MS;

const alarmOf = (ledger: LedgerStub) =>
  runInDurableObject(ledger, (_: Ledger, { storage }) => storage.getAlarm());

/** Everything in the ledger happened so much longer ago. */
function age(ledger: LedgerStub, byMs: number): Promise<void> {
  return runInDurableObject(ledger, (_: Ledger, { storage }) => {
    for (const { table, column } of sweepRules(LIFE_MS)) {
      storage.sql.exec(`UPDATE ${table} SET ${column} = ${column} - ?`, byMs);
    }
  });
}

describe("the retention", () => {
  it("is the life of a refresh token, and two days for what it gave last", () => {
    expect(signInLifeMs({})).toBe(LIFE_MS);
    expect(signInLifeMs({ REFRESH_TOKEN_DAYS: "365" })).toBe(367 * DAY_MS);
    expect(signInLifeMs({ REFRESH_TOKEN_DAYS: "soon" })).toBeGreaterThan(3_650 * DAY_MS);
  });

  it("names every table that holds something of a user", async () => {
    const ledger = newLedger();
    const tables = await runInDurableObject(ledger, (_: Ledger, { storage }) =>
      storage.sql
        .exec<{ name: string }>(
          `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'`,
        )
        .toArray()
        .map(({ name }) => name),
    );
    const swept = [...sweepRules(LIFE_MS).map(({ table }) => table), "kept", "meta"];
    expect(tables.toSorted()).toEqual(swept.toSorted());
  });
});

describe("the sweep", () => {
  it("keeps a revocation for as long as a token from before it can come back, and no longer", async () => {
    const ledger = newLedger();
    const old = signedIn("old", nowSeconds() - 60);
    await ledger.revoke({ id: "event-1", scope: "user", beforeMs: Date.now() - 30_000, reason: "test" });
    await ledger.revoke({ id: "event-2", scope: old.session, beforeMs: 0, reason: "test" });
    await age(ledger, LIFE_MS - 60_000);
    await runDurableObjectAlarm(ledger);
    expect(await ledger.standing(old)).toMatchObject({ revoked: true });
    expect(await countRows(ledger, "revocation")).toBe(2);
    await age(ledger, 120_000);
    await runDurableObjectAlarm(ledger);
    expect(await countRows(ledger, "revocation")).toBe(0);
  });

  it("forgets sessions, grants and marks each in their time, and then sleeps", async () => {
    const ledger = newLedger();
    const facts = signedIn();
    await ledger.startSession(facts, {
      carrier: "cookie",
      expiresAtSeconds: nowSeconds() + 3600,
      userAgent: "",
      place: "",
    });
    await succeededChallenge(ledger, facts);
    await ledger.revoke({ id: "event-1", scope: "user", beforeMs: 0, reason: "test" });
    await age(ledger, 2 * DAY_MS);
    await runDurableObjectAlarm(ledger);
    const rows = async () =>
      Object.fromEntries(
        await Promise.all(
          ["session", "challenge", "kept", "grant_given", "effect", "revocation"].map(
            async (table) => [table, await countRows(ledger, table)] as const,
          ),
        ),
      );
    expect(await rows()).toEqual({
      session: 0,
      challenge: 0,
      kept: 0,
      grant_given: 1,
      effect: 1,
      revocation: 1,
    });
    await age(ledger, 60 * DAY_MS);
    await runDurableObjectAlarm(ledger);
    expect(await rows()).toEqual({
      session: 0,
      challenge: 0,
      kept: 0,
      grant_given: 0,
      effect: 0,
      revocation: 0,
    });
    expect(await alarmOf(ledger)).toBeNull();
  });

  it("works in bounded steps, each soon after the other", async () => {
    const ledger = newLedger();
    await runInDurableObject(ledger, (_: Ledger, { storage }) => {
      for (let index = 0; index < 1_200; index += 1) {
        storage.sql.exec(`INSERT INTO effect VALUES (?, 1)`, `mark-${index}`);
      }
      const nowMs = Date.now();
      expect(sweep(storage.sql, nowMs, LIFE_MS)).toBe(nowMs + 1_000);
    });
    expect(await countRows(ledger, "effect")).toBe(700);
    await ledger.revoke({ id: "event-1", scope: "user", beforeMs: 0, reason: "test" });
    await runDurableObjectAlarm(ledger);
    expect(await countRows(ledger, "effect")).toBe(201);
    expect(((await alarmOf(ledger)) ?? Infinity) - Date.now()).toBeLessThan(2_000);
  });

  it("forgets a day later what a run was at that broke off", async () => {
    const ledger = newLedger();
    await ledger.react([
      {
        eventId: "event-1",
        reason: "test",
        atMs: Date.now(),
        idempotencyKey: undefined,
        isQueued: true,
        takesLeases: true,
        reactions: [{ reaction: "r", threshold: undefined, effects: [], outside: ["alert"] }],
      },
    ]);
    expect(await countRows(ledger, "lease")).toBe(1);
    const dueMs = LEASE_MS + DAY_MS;
    expect(((await alarmOf(ledger)) ?? Infinity) - Date.now()).toBeLessThanOrEqual(dueMs);
    await age(ledger, dueMs + 1_000);
    await runDurableObjectAlarm(ledger);
    expect(await countRows(ledger, "lease")).toBe(0);
  });

  it("comes earlier when something is due earlier", async () => {
    const ledger = newLedger();
    await ledger.revoke({ id: "event-1", scope: "user", beforeMs: 0, reason: "test" });
    expect(((await alarmOf(ledger)) ?? 0) - Date.now()).toBeGreaterThan(30 * DAY_MS);
    await succeededChallenge(ledger, signedIn());
    expect(((await alarmOf(ledger)) ?? Infinity) - Date.now()).toBeLessThan(2 * DAY_MS);
  });
});
