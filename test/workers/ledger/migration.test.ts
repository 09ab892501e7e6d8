import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { EventReactions } from "../../../src/ledger/event-reactions.ts";
import type { Ledger } from "../../../src/ledger/object.ts";
import { parseChallengeId } from "../../../src/ledger/port.ts";
import { countRows, newLedger, opening, sessionId, signedIn, type LedgerStub } from "./fixtures.ts";
import { VERSION_1 } from "./version-1.ts";
import { VERSION_5 } from "./version-5.ts";

const seen = { carrier: "cookie", expiresAtSeconds: 4_102_444_800, userAgent: "test", place: "" } as const;

/** A ledger whose disk holds what another version of this code left, and whose object has not run since. */
async function ledgerOf(statements: readonly string[]): Promise<LedgerStub> {
  const ledger = newLedger();
  await runInDurableObject(ledger, (_: Ledger, { storage }) => {
    const tables = storage.sql
      .exec<{ name: string }>(
        `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'`,
      )
      .toArray();
    for (const { name } of tables) {
      storage.sql.exec(`DROP TABLE ${name}`);
    }
    for (const statement of statements) {
      storage.sql.exec(statement);
    }
  });
  await evictDurableObject(ledger);
  return ledger;
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

describe("what the version before stored", () => {
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
    const ledger = await ledgerOf(VERSION_5);
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
    const ledger = await ledgerOf(VERSION_5);
    expect(await ledger.react([event("event-1", 1_795_420_800_500, [removed])])).toEqual([
      [{ reaction: "removed", fires: true, applied: [], pending: ["alert"], busy: [] }],
    ]);
    expect(await ledger.standing(spared)).toEqual({ revoked: false }); // passed since it was demanded
    expect(await ledger.standing(signedIn("later", 1_795_426_001))).toMatchObject({ stepUpDemanded: true });
    const threshold = { count: 2, withinMs: 8_000_000_000_000 };
    const failing = { ...removed, reaction: "failing", threshold };
    expect(await ledger.react([event("code-2", Date.now(), [failing])])).toMatchObject([[{ fires: true }]]);
  });

  it("still releases what was approved, and is covered by what was passed", async () => {
    const ledger = await ledgerOf(VERSION_5);
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
    const ledger = await ledgerOf(VERSION_5);
    const others = [{ id: "authenticator-2", method: "SMS", createdAtMs: 1 }];
    const differences = await ledger.compareAuthenticators({ askedAtMs: Date.now(), authenticators: others });
    expect(differences.map(({ id, change }) => `${id} ${change}`)).toEqual([
      "authenticator-2 created",
      "authenticator-1 deleted",
    ]);
    const { erased } = await ledger.forget();
    // What that version did not know of yet.
    expect(Object.entries(erased).filter(([, rows]) => rows === 0)).toEqual([
      ["action_heard", 0],
      ["lease", 0],
    ]);
  });

  it.each([
    ["the first version", VERSION_1],
    ["the version before", VERSION_5],
  ])("of %s has the same tables and indexes afterwards as a new ledger", async (_, statements) => {
    const shape = (ledger: LedgerStub) =>
      runInDurableObject(ledger, (_ledger: Ledger, { storage }) =>
        storage.sql
          .exec<{ name: string; columns: string }>(
            `SELECT m.name, (SELECT group_concat(name, ' ') FROM (SELECT name FROM pragma_table_info(m.name) ORDER BY name))
               AS columns FROM sqlite_master AS m WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name`,
          )
          .toArray(),
      );
    expect(await shape(await ledgerOf(statements))).toEqual(await shape(newLedger()));
  });
});
