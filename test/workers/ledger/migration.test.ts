import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Ledger } from "../../../src/ledger/object.ts";
import { parseChallengeId } from "../../../src/ledger/port.ts";
import { countRows, newLedger, opening, sessionId, signedIn, type LedgerStub } from "./fixtures.ts";
import { VERSION_1 } from "./version-1.ts";

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
