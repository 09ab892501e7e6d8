import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Demand } from "../../../src/ledger/demand.ts";
import type { Ledger } from "../../../src/ledger/object.ts";
import type { Limit } from "../../../src/ledger/port.ts";
import { migrate } from "../../../src/ledger/tables.ts";
import {
  BINDING,
  challengeId,
  countRows,
  newLedger,
  opening,
  pending,
  pendingChallenge,
  setBack,
  signedIn,
  stateOf,
  succeededChallenge,
  type LedgerStub,
} from "./fixtures.ts";

const facts = signedIn();
const ANY: Demand = { methods: undefined, factorAgeSeconds: undefined, acceptsUnproven: true };
const FRESH_SECONDS = 600;

const covered = (ledger: LedgerStub, demand: Partial<Demand> = {}, action = "transfer", who = facts) =>
  ledger.covered(who, action, FRESH_SECONDS, { ...ANY, ...demand }).then(({ kind }) => kind);

/** Runs a statement in the ledger's own database. */
const run = (ledger: LedgerStub, statement: string, ...values: (string | number)[]) =>
  runInDurableObject(ledger, (_: Ledger, { storage }) => {
    storage.sql.exec(statement, ...values);
  });

describe("a grant", () => {
  it("covers its own session and action, as long as it is fresh", async () => {
    const ledger = newLedger();
    expect(await covered(ledger)).toBe("uncovered");
    await succeededChallenge(ledger, facts);
    expect(await covered(ledger)).toBe("covered");
    expect(await covered(ledger, {}, "payout")).toBe("uncovered");
    expect(await covered(ledger, {}, "transfer", signedIn("session-2"))).toBe("uncovered");
    await run(ledger, `UPDATE grant_given SET at_ms = at_ms - ?`, (FRESH_SECONDS - 5) * 1000);
    expect(await covered(ledger)).toBe("covered");
    await run(ledger, `UPDATE grant_given SET at_ms = at_ms - 6000`);
    expect(await covered(ledger)).toBe("uncovered");
  });

  it("counts by its method and its authenticator's age, each grant on its own", async () => {
    const ledger = newLedger();
    const since = Date.now() - 100_000;
    const strong = await pendingChallenge(ledger, facts);
    await ledger.settle(facts, strong, {
      state: "succeeded",
      verificationMethod: "PASSKEY",
      factorSinceMs: since,
    });
    await succeededChallenge(ledger, facts); // by e-mail, later, of unknown age
    expect(await covered(ledger, { methods: ["PASSKEY"] })).toBe("covered");
    expect(await covered(ledger, { methods: ["EMAIL_OTP"] })).toBe("covered");
    expect(await covered(ledger, { methods: ["SMS"] })).toBe("uncovered");
    expect(await covered(ledger, { factorAgeSeconds: 90 })).toBe("covered");
    expect(await covered(ledger, { factorAgeSeconds: 90, methods: ["EMAIL_OTP"] })).toBe("uncovered");
    expect(await covered(ledger, { factorAgeSeconds: 200 })).toBe("uncovered");
  });

  it("reads, and writes nothing", async () => {
    const ledger = newLedger();
    await succeededChallenge(ledger, facts);
    const before = await countRows(ledger, "challenge");
    await covered(ledger);
    expect([await countRows(ledger, "challenge"), await countRows(ledger, "grant_given")]).toEqual([
      before,
      1,
    ]);
  });

  it("does not come of a review, an enrolment, or a request that was let through unasked", async () => {
    const ledger = newLedger();
    await succeededChallenge(ledger, facts, { opening: { kind: "review" } });
    await succeededChallenge(ledger, facts, { opening: { kind: "enrolment" } });
    const allowed = opening();
    await ledger.open(facts, allowed);
    await ledger.pend(allowed.id, pending({ state: "succeeded" }));
    expect(await covered(ledger)).toBe("uncovered");
  });

  it("ends by a revocation and by ending grants", async () => {
    const ledger = newLedger();
    await succeededChallenge(ledger, facts);
    const ending = { reaction: "r", threshold: undefined, effects: ["end-grants" as const], outside: [] };
    const event = { eventId: "event-1", reason: "test", atMs: Date.now(), idempotencyKey: undefined };
    await ledger.react([{ ...event, reactions: [ending] }]);
    expect(await covered(ledger)).toBe("uncovered");
    await succeededChallenge(ledger, facts);
    await ledger.revoke({ id: "r", scope: facts.session, beforeMs: Date.now(), reason: "test" });
    expect(await covered(ledger)).toBe("revoked");
    expect(await countRows(ledger, "grant_given")).toBe(0);
  });
});

describe("a limit", () => {
  const limit: Limit = { challenges: 3, withinSeconds: 60 };

  /** Starts a challenge; gives the answer of `pend`. */
  async function start(ledger: LedgerStub, changes: Parameters<typeof opening>[0] = {}, who = facts) {
    const opened = opening(changes);
    await ledger.open(who, opened);
    return ledger.pend(opened.id, pending({ kept: undefined, limit }));
  }

  it("holds against thirty at once, and leaves nothing of those it refuses", async () => {
    const ledger = newLedger();
    const answers = await Promise.all(Array.from({ length: 30 }, () => start(ledger)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(3);
    expect(answers.filter((answer) => !answer.ok && answer.reason === "limited")).toHaveLength(27);
    expect(await countRows(ledger, "challenge")).toBe(3);
  });

  it("counts per route, over all sessions, and a revocation does not give it back", async () => {
    const ledger = newLedger();
    for (let count = 0; count < 3; count += 1) {
      expect(await start(ledger)).toEqual({ ok: true });
    }
    expect(await start(ledger, {}, signedIn("session-2"))).toMatchObject({ reason: "limited" });
    expect(await start(ledger, { route: "payout" })).toEqual({ ok: true });
    await ledger.revoke({ id: "r", scope: facts.session, beforeMs: Date.now(), reason: "test" });
    expect(await start(ledger, {}, signedIn("session-2"))).toMatchObject({ reason: "limited" });
  });

  it("says when there is room again, and is right", async () => {
    const ledger = newLedger();
    for (let count = 0; count < 3; count += 1) {
      await start(ledger);
      await run(ledger, `UPDATE challenge_started SET at_ms = at_ms - 10000`);
    }
    const refused = await start(ledger);
    const seconds = !refused.ok && refused.reason === "limited" ? refused.retryAfterSeconds : 0;
    expect([29, 30]).toContain(seconds);
    await run(ledger, `UPDATE challenge_started SET at_ms = at_ms - ?`, (seconds - 1) * 1000);
    expect(await start(ledger)).toMatchObject({ reason: "limited" });
    await run(ledger, `UPDATE challenge_started SET at_ms = at_ms - 1000`);
    expect(await start(ledger)).toEqual({ ok: true });
    expect(await countRows(ledger, "challenge_started")).toBe(3);
  });

  it("does not count what nobody was asked", async () => {
    const ledger = newLedger();
    for (let count = 0; count < 5; count += 1) {
      const opened = opening();
      await ledger.open(facts, opened);
      expect(await ledger.pend(opened.id, pending({ state: "succeeded", limit }))).toEqual({ ok: true });
    }
    expect(await countRows(ledger, "challenge_started")).toBe(0);
  });

  it("refuses a second try without touching the first", async () => {
    const ledger = newLedger();
    const old = await pendingChallenge(ledger, facts);
    await ledger.settle(facts, old, { state: "cancelled" });
    for (let count = 0; count < 3; count += 1) {
      await start(ledger);
    }
    const again = opening();
    await ledger.open(facts, again);
    expect(await ledger.pend(again.id, pending({ supersedes: old, limit }))).toMatchObject({
      reason: "limited",
    });
    expect(await ledger.find(facts, old)).toMatchObject({ state: "cancelled", hasKept: true });
  });
});

describe("a review", () => {
  const review = (ledger: LedgerStub) =>
    pendingChallenge(ledger, facts, {
      opening: { kind: "review" },
      pending: { kind: "review", lifeSeconds: 3_600 },
    });

  it("lives longer than a check", async () => {
    const ledger = newLedger();
    const id = await review(ledger);
    await setBack(ledger, id, { expiresMs: 3_500_000 });
    expect(await stateOf(ledger, facts, id)).toBe("pending");
    await setBack(ledger, id, { expiresMs: 200_000 });
    expect(await stateOf(ledger, facts, id)).toBe("expired");
  });

  it("is asked about by one of thirty at once, and again only after a while", async () => {
    const ledger = newLedger();
    const id = await review(ledger);
    const may = await Promise.all(Array.from({ length: 30 }, () => ledger.mayAsk(facts, id, 60)));
    expect(may.filter(Boolean)).toHaveLength(1);
    expect(await ledger.mayAsk(facts, id, 60)).toBe(false);
    await run(ledger, `UPDATE challenge SET asked_at_ms = asked_at_ms - 60000`);
    expect(await ledger.mayAsk(signedIn("session-2"), id, 60)).toBe(false);
    expect(await ledger.mayAsk(facts, id, 60)).toBe(true);
  });

  it("is nothing to ask about once it has ended, and no check ever is", async () => {
    const ledger = newLedger();
    const id = await review(ledger);
    await ledger.settle(facts, id, { state: "failed", failure: "review_refused" });
    const check = await pendingChallenge(ledger, facts);
    expect(await ledger.mayAsk(facts, id, 0)).toBe(false);
    expect(await ledger.mayAsk(facts, check, 0)).toBe(false);
    expect(await ledger.find(facts, id)).toMatchObject({ failure: "review_refused" });
  });

  it("that succeeded late can still be released", async () => {
    const ledger = newLedger();
    const id = await review(ledger);
    await setBack(ledger, id, { expiresMs: 3_599_000 });
    await ledger.settle(facts, id, { state: "succeeded", verificationMethod: undefined });
    await setBack(ledger, id, { expiresMs: 500_000 });
    expect(await ledger.consume(facts, id, "ticket")).toMatchObject({ ok: true });
  });
});

describe("what a repeated request demands", () => {
  it("is looked at before anything is used up", async () => {
    const ledger = newLedger();
    const id = await succeededChallenge(ledger, facts);
    const by = (demand: Partial<Demand>) =>
      ledger.consume(facts, id, { binding: BINDING, demand: { ...ANY, ...demand } });
    expect(await by({ methods: ["PASSKEY"] })).toEqual({ ok: false, reason: "unmet" });
    expect(await by({ factorAgeSeconds: 1 })).toEqual({ ok: false, reason: "unmet" });
    expect(await stateOf(ledger, facts, id)).toBe("succeeded");
    expect(await by({ methods: ["EMAIL_OTP"] })).toMatchObject({ ok: true });
  });

  it("a proof is demanded where nothing may pass without one", async () => {
    const ledger = newLedger();
    const id = await succeededChallenge(ledger, facts, { opening: { kind: "review" } });
    const demand = { ...ANY, acceptsUnproven: false };
    expect(await ledger.consume(facts, id, { binding: BINDING, demand })).toMatchObject({ reason: "unmet" });
    expect(await ledger.consume(facts, id, { binding: BINDING, demand: ANY })).toMatchObject({ ok: true });
  });
});

it("a ledger of an earlier version is brought up to date, and its challenges stay", async () => {
  const ledger = newLedger();
  const id = challengeId();
  await runInDurableObject(ledger, (_: Ledger, { storage: { sql } }) => {
    const tables = sql.exec<{ name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
    );
    for (const { name } of tables.toArray()) {
      sql.exec(`DROP TABLE ${name}`);
    }
    migrate(sql, 1);
    sql.exec(
      `INSERT INTO challenge VALUES (?, ?, 'step-up', 'r', 'transfer', 'POST', '/t', 'b', '[]', 'succeeded',
         1, ?, NULL, 'EMAIL_OTP', 1, NULL, NULL)`,
      id,
      facts.session,
      Date.now() + 60_000,
    );
    migrate(sql);
  });
  expect(await ledger.find(facts, id)).toMatchObject({ state: "succeeded", failure: undefined });
  expect(await covered(ledger)).toBe("uncovered");
});
