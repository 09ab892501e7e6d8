import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { EventReactions } from "../../../src/ledger/event-reactions.ts";
import type { Ledger } from "../../../src/ledger/object.ts";
import { parseChallengeId } from "../../../src/ledger/port.ts";
import { migrate, SCHEMA_VERSION } from "../../../src/ledger/tables.ts";
import { countRows, newLedger, opening, sessionId, signedIn, type LedgerStub } from "./fixtures.ts";
import { VERSION_1 } from "./version-1.ts";
import { VERSION_5 } from "./version-5.ts";
import { VERSION_8 } from "./version-8.ts";

/** Whoever adds a version adds what the one before it left, with a row in every table. */
const VERSION_BEFORE = VERSION_8;

const seen = { carrier: "cookie", expiresAtSeconds: 4_102_444_800, userAgent: "test", place: "" } as const;

/** Puts on a ledger's disk what these statements say, and nothing else. */
function lay(sql: SqlStorage, statements: readonly string[]): void {
  const tables = sql
    .exec<{ name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'`,
    )
    .toArray();
  for (const statement of [...tables.map(({ name }) => `DROP TABLE ${name}`), ...statements]) {
    sql.exec(statement);
  }
}

/** A ledger whose disk holds what another version of this code left, and whose object has not run since. */
async function ledgerOf(statements: readonly string[]): Promise<LedgerStub> {
  const ledger = newLedger();
  await runInDurableObject(ledger, (_: Ledger, { storage }) => lay(storage.sql, statements));
  await evictDurableObject(ledger);
  return ledger;
}

/** The tables with their columns, and the indexes. */
function shapeOf(sql: SqlStorage): readonly unknown[] {
  return sql
    .exec(
      `SELECT m.name, (SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_table_info(m.name) ORDER BY name))
         AS columns FROM sqlite_master AS m WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name`,
    )
    .toArray();
}

describe("what the first version stored", () => {
  const stands = signedIn("stands", 1_795_424_400);

  it("still says who is over and who stands", async () => {
    const ledger = await ledgerOf(VERSION_1);
    expect(await ledger.standing(stands)).toMatchObject({ revoked: false });
    expect(await ledger.standing(signedIn("ended", 1_795_424_400))).toMatchObject({ revoked: true });
    expect(await ledger.standing(signedIn("old", 1_795_420_800))).toMatchObject({ revoked: true });
    expect(
      await ledger.revoke({
        id: "event-1/authenticator-removed",
        scope: "user",
        beforeMs: Date.now(),
        reason: "again",
      }),
    ).toBe(false);
  });

  it("still releases the request that was approved", async () => {
    const ledger = await ledgerOf(VERSION_1);
    const id = parseChallengeId("0b3f1d7e-5c1a-4c39-9d55-1f6f1f0f7a11");
    if (id === undefined) {
      throw new Error("the stored id is one");
    }
    expect(await ledger.consume(stands, id, "ticket")).toMatchObject({
      ok: true,
      kept: "sealed-request",
      challenge: { verificationMethod: "EMAIL_OTP", summary: [{ label: "Amount", value: "1500" }] },
    });
    expect(await ledger.open(stands, opening())).toMatchObject({ ok: true });
  });

  it("lists and ends its sessions, and is migrated once", async () => {
    const ledger = await ledgerOf(VERSION_1);
    expect(await ledger.sessions()).toMatchObject([
      { id: "stands", carrier: "cookie", place: "", seenAtMs: 1_795_424_401_000 },
    ]);
    expect(await ledger.endSession(signedIn("other", 1_795_424_400), sessionId("stands"))).toBe(true);
    expect(await ledger.standing(stands)).toMatchObject({ revoked: true });
    await evictDurableObject(ledger);
    expect(await ledger.sessions()).toEqual([]);
    expect(await countRows(ledger, "meta")).toBe(1);
  });

  it("is not forgotten early: a revocation without a time of its own counts from the migration", async () => {
    const ledger = await ledgerOf(VERSION_1);
    const ages = await runInDurableObject(ledger, (_: Ledger, { storage }) =>
      storage.sql.exec<{ at_ms: number }>(`SELECT at_ms FROM revocation`).toArray(),
    );
    for (const { at_ms } of ages) {
      expect(Math.abs(Date.now() - at_ms)).toBeLessThan(60_000);
    }
  });
});

describe("the version before", () => {
  it("is the one of which there is a dump, with a row in every table", () => {
    expect(VERSION_BEFORE).toContain(`INSERT INTO meta VALUES (${SCHEMA_VERSION - 1})`);
    const named = (pattern: RegExp) =>
      new Set(VERSION_BEFORE.flatMap((statement) => pattern.exec(statement)?.[1] ?? []));
    expect(named(/^INSERT INTO (\w+)/)).toEqual(named(/^CREATE TABLE (\w+)/));
  });

  it("had the tables and indexes of its dump, and no others", async () => {
    await runInDurableObject(newLedger(), (_: Ledger, { storage: { sql } }) => {
      lay(sql, VERSION_BEFORE);
      const dumped = shapeOf(sql);
      lay(sql, []);
      migrate(sql, SCHEMA_VERSION - 1);
      expect(dumped).toEqual(shapeOf(sql));
    });
  });

  it("kept a threshold that was reached: it is for good", async () => {
    const ledger = await ledgerOf(VERSION_BEFORE);
    const threshold = { count: 2, withinMs: 600_000 };
    const failing = { reaction: "failing", threshold, effects: [], outside: ["alert" as const] };
    const late = { eventId: "code-0", reason: "test", atMs: 1, idempotencyKey: undefined, isQueued: true };
    await ledger.react([{ ...late, eventId: "other", atMs: Date.now(), reactions: [failing] }]);
    await runDurableObjectAlarm(ledger);
    expect(await ledger.react([{ ...late, reactions: [failing] }])).toMatchObject([
      [{ fires: true, pending: ["alert"] }],
    ]);
  });
});

describe.each<[string, readonly string[], readonly string[]]>([
  ["the version before", VERSION_BEFORE, []],
  ["version 5", VERSION_5, ["action_heard", "lease"]],
])("what %s stored", (_, dump, unknownThen) => {
  const spared = signedIn("spared", 1_795_424_400);
  const event = (eventId: string, atMs: number, reactions: EventReactions["reactions"]): EventReactions => ({
    eventId,
    reason: "authenticator.deleted",
    atMs,
    idempotencyKey: undefined,
    isQueued: true,
    reactions,
  });
  const removed = {
    reaction: "removed",
    threshold: undefined,
    effects: ["revoke-user" as const],
    outside: ["sign-out-cognito" as const, "alert" as const],
  };

  it("still says who is over, who was spared, and whose sign-in begins no session", async () => {
    const ledger = await ledgerOf(dump);
    const standings = await ledger.standings([
      spared,
      signedIn("other", 1_795_424_400),
      signedIn("ended", 1_795_426_500),
      signedIn("old", 1_795_420_800),
      signedIn("later", 1_795_426_001),
    ]);
    expect(standings).toEqual([false, true, true, true, false]);
    const again = signedIn("again", 1_795_426_500);
    expect(await ledger.startSession(again, seen)).toMatchObject({ revoked: true });
    expect(await ledger.sessions()).toMatchObject([{ id: "spared", carrier: "bearer", place: "Riga, LV" }]);
  });

  it("still knows which effects were done, what was counted, and what was demanded", async () => {
    const ledger = await ledgerOf(dump);
    expect(await ledger.react([event("event-1", 1_795_420_800_500, [removed])])).toEqual([
      [{ reaction: "removed", fires: true, applied: [], pending: ["alert"], busy: [], leasedUntilMs: 0 }],
    ]);
    expect(await ledger.standing(spared)).toEqual({ revoked: false }); // passed since it was demanded
    expect(await ledger.standing(signedIn("later", 1_795_426_001))).toMatchObject({ stepUpDemanded: true });
    const threshold = { count: 2, withinMs: 8_000_000_000_000 };
    const failing = { ...removed, reaction: "failing", threshold };
    expect(await ledger.react([event("code-2", Date.now(), [failing])])).toMatchObject([[{ fires: true }]]);
  });

  it("still releases what was approved, and is covered by what was passed", async () => {
    const ledger = await ledgerOf(dump);
    const demand = { methods: ["PASSKEY"], factorAgeSeconds: 3_600, acceptsUnproven: false };
    expect(await ledger.covered(spared, "transfer", 400 * 86_400, demand)).toMatchObject({
      kind: "covered",
      grant: { method: "PASSKEY" },
    });
    const id = parseChallengeId("0b3f1d7e-5c1a-4c39-9d55-1f6f1f0f7a11");
    expect(id && (await ledger.consume(spared, id, "ticket"))).toMatchObject({
      ok: true,
      kept: "sealed-request",
    });
  });

  it("still compares authenticators with what events said, and erases all of it", async () => {
    const ledger = await ledgerOf(dump);
    const others = [{ id: "authenticator-2", method: "SMS", createdAtMs: 1 }];
    const differences = await ledger.compareAuthenticators({ askedAtMs: Date.now(), authenticators: others });
    expect(differences.map(({ id, change }) => `${id} ${change}`)).toEqual([
      "authenticator-2 created",
      "authenticator-1 deleted",
    ]);
    const { erased } = await ledger.forget();
    // What that version did not know of yet.
    const nothing = Object.entries(erased).filter(([, rows]) => rows === 0);
    expect(nothing.map(([table]) => table)).toEqual(unknownThen);
  });
});

it.each([
  ["the first version", VERSION_1],
  ["version 5", VERSION_5],
  ["the version before", VERSION_BEFORE],
])("%s has the same tables and indexes afterwards as a new ledger", async (_, statements) => {
  const shape = (ledger: LedgerStub) =>
    runInDurableObject(ledger, (_ledger: Ledger, { storage }) => shapeOf(storage.sql));
  expect(await shape(await ledgerOf(statements))).toEqual(await shape(newLedger()));
});
