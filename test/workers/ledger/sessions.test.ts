import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Ledger } from "../../../src/ledger/object.ts";
import type { Seen } from "../../../src/ledger/port.ts";
import {
  countRows,
  newLedger,
  nowSeconds,
  opening,
  sessionId,
  signedIn,
  succeededChallenge,
} from "./fixtures.ts";

const DAY_MS = 24 * 3_600_000;
const ANY = { methods: undefined, factorAgeSeconds: undefined, acceptsUnproven: false };

const seen = (changes: Partial<Seen> = {}): Seen => ({
  carrier: "cookie",
  expiresAtSeconds: nowSeconds() + 3600,
  userAgent: "Firefox",
  place: "Riga, LV",
  ...changes,
});

describe("the list of sessions", () => {
  it("holds who was let in, by cookie until the cookie ends, by token while a refresh may come", async () => {
    const ledger = newLedger();
    const [browser, program] = [signedIn("browser"), signedIn("program", nowSeconds() - 3600)];
    await ledger.startSession(browser, seen());
    await ledger.standing(program, seen({ carrier: "bearer", userAgent: "okhttp/4", place: "" }));
    const listed = await ledger.sessions();
    expect(new Set(listed.map(({ id, carrier }) => `${id} ${carrier}`))).toEqual(
      new Set(["browser cookie", "program bearer"]),
    );
    const [first, second] = ["browser", "program"].map((name) => listed.find(({ id }) => id === name));
    expect(first).toMatchObject({
      userAgent: "Firefox",
      place: "Riga, LV",
      signedInAtMs: browser.authTimeSeconds * 1000,
    });
    expect((first?.endsAtMs ?? 0) - Date.now()).toBeLessThan(DAY_MS);
    expect((second?.endsAtMs ?? 0) - Date.now()).toBeGreaterThan(30 * DAY_MS);
  });

  it("notes the last use now and then, not at every read, and never lets go of a later end", async () => {
    const ledger = newLedger();
    const facts = signedIn();
    await ledger.standing(facts, seen());
    const written = () =>
      runInDurableObject(ledger, (_: Ledger, { storage }) =>
        storage.sql.exec<{ seen_at_ms: number; user_agent: string }>(`SELECT * FROM session`).one(),
      );
    const before = await written();
    await ledger.standing(facts, seen({ userAgent: "Chrome" }));
    expect(await written()).toEqual(before);
    await runInDurableObject(ledger, (_: Ledger, { storage }) => {
      storage.sql.exec(`UPDATE session SET seen_at_ms = seen_at_ms - 700000`);
    });
    await ledger.standing(facts, seen({ userAgent: "Chrome" }));
    expect(await written()).toMatchObject({ user_agent: "Chrome" });
    expect((await written()).seen_at_ms).toBeGreaterThanOrEqual(before.seen_at_ms);
  });

  it("holds a program that asks for nothing but step-ups", async () => {
    const ledger = newLedger();
    const [asking, covered] = [signedIn("asking"), signedIn("covered")];
    const program = seen({ carrier: "bearer", userAgent: "okhttp/4" });
    await ledger.open(asking, opening(), program);
    await succeededChallenge(ledger, covered);
    expect((await ledger.covered(covered, "transfer", 3_600, ANY, program)).kind).toBe("covered");
    expect((await ledger.sessions()).map(({ id }) => id).toSorted()).toEqual(["asking", "covered"]);
    expect(await ledger.endSession(asking, covered.session)).toBe(true);
    expect(await ledger.covered(covered, "transfer", 3_600, ANY, program)).toEqual({ kind: "revoked" });
    expect((await ledger.sessions()).map(({ id }) => id)).toEqual(["asking"]);
  });

  it("never holds a session that is over, nor one that only asked without being let in", async () => {
    const ledger = newLedger();
    const facts = signedIn();
    await ledger.revoke({ id: "event-1", scope: "user", beforeMs: Date.now(), reason: "test" });
    expect(await ledger.standing(facts, seen())).toMatchObject({ revoked: true });
    expect(await ledger.startSession(facts, seen())).toMatchObject({ revoked: true });
    await ledger.standing(signedIn("quiet", nowSeconds() + 5));
    expect(await ledger.sessions()).toEqual([]);
  });
});

describe("ending sessions", () => {
  it("ends one, with its challenges and grants, at once", async () => {
    const ledger = newLedger();
    const [mine, other] = [signedIn("mine"), signedIn("other")];
    await ledger.startSession(mine, seen());
    await ledger.startSession(other, seen());
    await succeededChallenge(ledger, other);
    expect(await ledger.endSession(mine, other.session)).toBe(true);
    expect(await ledger.standings([mine, other])).toEqual([false, true]);
    expect([await countRows(ledger, "challenge"), await countRows(ledger, "grant_given")]).toEqual([0, 0]);
    expect((await ledger.sessions()).map(({ id }) => id)).toEqual(["mine"]);
  });

  it("lets no new session begin of the sign-in that was ended, as managed login's cookie would", async () => {
    const ledger = newLedger();
    const [mine, device] = [signedIn("mine", nowSeconds() - 50), signedIn("device", nowSeconds() - 40)];
    await ledger.startSession(mine, seen());
    await ledger.startSession(device, seen());
    await ledger.endSession(mine, device.session);
    const silently = signedIn("silently", device.authTimeSeconds);
    expect(await ledger.startSession(silently, seen())).toMatchObject({ revoked: true });
    expect(await ledger.startSession(signedIn("again", nowSeconds()), seen())).toMatchObject({
      revoked: false,
    });
    expect(await ledger.startSession(signedIn("renewed", mine.authTimeSeconds), seen())).toMatchObject({
      revoked: false,
    });
  });

  it("lets the same sign-in begin again after a sign-out, which ends managed login's cookie too", async () => {
    const ledger = newLedger();
    const facts = signedIn("one");
    await ledger.startSession(facts, seen());
    await ledger.revoke({
      id: "sign-out",
      scope: facts.session,
      beforeMs: Date.now(),
      reason: "signed out",
      endsManagedLogin: true,
    });
    const again = signedIn("two", facts.authTimeSeconds);
    expect(await ledger.startSession(again, seen())).toMatchObject({ revoked: false });
  });

  it("writes nothing for a session that is not there, however often", async () => {
    const ledger = newLedger();
    const mine = signedIn("mine");
    await ledger.startSession(mine, seen());
    expect(await ledger.endSession(mine, sessionId("made-up"))).toBe(false);
    expect(await countRows(ledger, "revocation")).toBe(0);
  });

  it("ends all others and spares the one that asks", async () => {
    const ledger = newLedger();
    const all = ["mine", "second", "third"].map((name) => signedIn(name));
    for (const facts of all) {
      await ledger.startSession(facts, seen());
    }
    const [mine = signedIn()] = all;
    expect(await ledger.endOthers(mine)).toBe(2);
    expect(await ledger.standings(all)).toEqual([false, true, true]);
    expect(await ledger.endOthers(mine)).toBe(0);
  });

  it("is nothing that an ended session can do", async () => {
    const ledger = newLedger();
    const [thief, victim] = [signedIn("thief"), signedIn("victim")];
    await ledger.startSession(thief, seen());
    await ledger.startSession(victim, seen());
    await ledger.endSession(victim, thief.session);
    expect(await ledger.endSession(thief, victim.session)).toBe(false);
    expect(await ledger.endOthers(thief)).toBeUndefined();
    expect(await ledger.standing(victim)).toMatchObject({ revoked: false });
  });
});

describe("forgetting a user", () => {
  it("erases every row, says how many, and lets nothing back that was ended", async () => {
    const ledger = newLedger();
    const [facts, ended] = [signedIn("one"), signedIn("two")];
    await ledger.startSession(facts, seen());
    await succeededChallenge(ledger, facts);
    await ledger.revoke({ id: "sign-out", scope: ended.session, beforeMs: Date.now(), reason: "signed out" });
    const { erased, signInsEndedBeforeMs } = await ledger.forget();
    expect(erased).toMatchObject({
      session: 1,
      challenge: 1,
      kept: 1,
      grant_given: 1,
      revocation: 1,
      effect: 1,
    });
    expect(erased).not.toHaveProperty("meta");
    for (const table of Object.keys(erased)) {
      expect([table, await countRows(ledger, table)]).toEqual([table, table === "revocation" ? 1 : 0]);
    }
    expect(await ledger.standings([facts, ended])).toEqual([true, true]);
    expect(Math.abs(Date.now() - signInsEndedBeforeMs)).toBeLessThan(5_000);
    const dump = await runInDurableObject(ledger, (_: Ledger, { storage }) =>
      JSON.stringify(storage.sql.exec(`SELECT * FROM revocation`).toArray()),
    );
    expect(dump).toContain("forgotten");
    expect(dump).not.toContain("two");
    expect(await ledger.standing(signedIn("new", nowSeconds() + 5))).toMatchObject({ revoked: false });
  });

  it("has little to say the second time", async () => {
    const ledger = newLedger();
    await ledger.forget();
    const { erased } = await ledger.forget();
    expect(Object.entries(erased).filter(([, rows]) => rows > 0)).toEqual([["revocation", 1]]);
  });
});
