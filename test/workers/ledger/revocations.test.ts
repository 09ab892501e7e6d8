import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Seen } from "../../../src/ledger/port.ts";
import {
  BINDING,
  challengeId,
  challengeIn,
  countRows,
  newLedger,
  nowSeconds,
  opening,
  pending,
  pendingChallenge,
  setBack,
  signedIn,
  stateOf,
  succeededChallenge,
} from "./fixtures.ts";

const revokeUser = (id: string, beforeMs = Date.now()) => ({
  id,
  scope: "user" as const,
  beforeMs,
  reason: "test",
});
const seen = (expiresAtSeconds = nowSeconds() + 3600): Seen => ({
  carrier: "cookie",
  expiresAtSeconds,
  userAgent: "test",
  place: "",
});

describe("a revocation of the user", () => {
  it("ends sessions, challenges, kept requests and grants in one step", async () => {
    const ledger = newLedger();
    const facts = signedIn();
    await ledger.startSession(facts, seen());
    const waiting = await pendingChallenge(ledger, facts);
    const ready = await succeededChallenge(ledger, facts);
    const half = opening();
    await ledger.open(facts, half);

    expect(await ledger.revoke(revokeUser("event-1"))).toBe(true);
    expect(await ledger.standing(facts)).toEqual({ revoked: true });
    for (const table of ["session", "challenge", "kept", "grant_given"]) {
      expect([table, await countRows(ledger, table)]).toEqual([table, 0]);
    }
    expect(await stateOf(ledger, facts, waiting)).toBeUndefined();
    expect(await ledger.consume(facts, ready, { binding: BINDING })).toEqual({
      ok: false,
      reason: "revoked",
    });
    expect(await ledger.pend(half.id, pending())).toEqual({ ok: false, reason: "gone" });
    expect(await ledger.open(facts, opening())).toEqual({ ok: false, reason: "revoked" });
  });

  it("is applied once by its id, and the later of two counts", async () => {
    const ledger = newLedger();
    const beforeMs = (nowSeconds() - 30) * 1000;
    expect(await ledger.revoke(revokeUser("event-1", beforeMs))).toBe(true);
    expect(await ledger.revoke(revokeUser("event-1", Date.now()))).toBe(false);
    const between = signedIn("session-2", nowSeconds() - 20);
    expect(await ledger.standing(between)).toEqual({ revoked: false });
    expect(await ledger.revoke(revokeUser("event-0", beforeMs - 60_000))).toBe(true);
    expect(await ledger.standing(signedIn("session-1", nowSeconds() - 31))).toEqual({ revoked: true });
    expect(await ledger.standing(between)).toEqual({ revoked: false });
  });

  it("counts the whole second it happened in, and not the next", async () => {
    const ledger = newLedger();
    const second = nowSeconds() - 100;
    await ledger.revoke(revokeUser("event-1", second * 1000 + 1));
    const revoked = async (authTime: number) =>
      (await ledger.standing(signedIn("session-1", authTime))).revoked;
    expect(await Promise.all([second - 1, second, second + 1].map(revoked))).toEqual([true, true, false]);
  });

  it("lets a newer sign-in begin, and no older one", async () => {
    const ledger = newLedger();
    await ledger.revoke(revokeUser("event-1", Date.now() - 10_000));
    expect(await ledger.startSession(signedIn("old"), seen())).toEqual({ revoked: true });
    expect(await ledger.startSession(signedIn("new", nowSeconds()), seen())).toEqual({ revoked: false });
    expect(await countRows(ledger, "session")).toBe(1);
  });

  it("drops what a bearer token opened, though its session was never begun here", async () => {
    const ledger = newLedger();
    await pendingChallenge(ledger, signedIn("never-begun"));
    await ledger.revoke(revokeUser("event-1"));
    expect([await countRows(ledger, "challenge"), await countRows(ledger, "kept")]).toEqual([0, 0]);
  });

  it("drops what a session from before opened after, when the event comes late", async () => {
    const ledger = newLedger();
    const [before, after] = [signedIn("before", nowSeconds() - 60), signedIn("after", nowSeconds() - 10)];
    const [over, stays] = [opening(), opening()];
    await ledger.open(before, over, { ...seen(), carrier: "bearer" });
    await ledger.open(after, stays, { ...seen(), carrier: "bearer" });
    await ledger.revoke(revokeUser("event-1", Date.now() - 30_000));
    expect(await ledger.verifying(over.id, "transfer")).toBe("unknown");
    expect(await ledger.verifying(stays.id, "transfer")).toBe("open");
  });

  it("leaves all to a new sign-in when the event comes late, also the enrolment that waited for it", async () => {
    const ledger = newLedger();
    const [before, fresh] = [signedIn("before"), signedIn("fresh", nowSeconds() - 2)];
    await ledger.startSession(before, seen());
    const [waited, left] = [
      await pendingChallenge(ledger, before, { opening: { kind: "enrolment" } }),
      await pendingChallenge(ledger, before, { opening: { kind: "enrolment" } }),
    ];
    const other = await pendingChallenge(ledger, before);
    for (const id of [waited, left, other]) {
      await setBack(ledger, id, { createdMs: 30_000 });
    }
    await ledger.startSession(fresh, seen());
    await ledger.adopt(fresh, waited, before.session);
    const passed = await succeededChallenge(ledger, fresh);

    await ledger.revoke(revokeUser("event-1", Date.now() - 20_000));
    expect((await ledger.sessions()).map(({ id }) => id)).toEqual(["fresh"]);
    expect(await stateOf(ledger, fresh, waited)).toBe("pending");
    expect(await ledger.verifying(waited, "transfer")).toBe("open");
    expect(await ledger.consume(fresh, passed, "ticket")).toMatchObject({ ok: true });
    for (const id of [left, other]) {
      expect(await ledger.verifying(id, "transfer")).toBe("unknown");
    }
    expect(await countRows(ledger, "kept")).toBe(2);
    expect(await countRows(ledger, "grant_given")).toBe(1);
  });

  it("drops what waits from before, whether the session that opened it was recorded or not, also once adopted by one", async () => {
    const ledger = newLedger();
    const [known, unknown, also] = [signedIn("known"), signedIn("unknown"), signedIn("also-before")];
    await ledger.startSession(known, seen());
    await ledger.startSession(also, seen());
    const ids = [
      await pendingChallenge(ledger, known),
      await pendingChallenge(ledger, unknown),
      await pendingChallenge(ledger, unknown, { opening: { kind: "enrolment" } }),
    ];
    for (const id of ids) {
      await setBack(ledger, id, { createdMs: 30_000 });
    }
    await ledger.adopt(also, ids[2] ?? challengeId(), unknown.session);
    await ledger.startSession(signedIn("fresh", nowSeconds()), seen());
    await ledger.revoke(revokeUser("event-1", Date.now() - 20_000));
    expect([await countRows(ledger, "challenge"), await countRows(ledger, "kept")]).toEqual([0, 0]);
    expect((await ledger.sessions()).map(({ id }) => id)).toEqual(["fresh"]);
  });

  it("makes nothing of an adoption or a send-again by an ended session", async () => {
    const ledger = newLedger();
    const facts = signedIn();
    const enrolment = await pendingChallenge(ledger, facts, { opening: { kind: "enrolment" } });
    await ledger.revoke(revokeUser("event-1"));
    await ledger.adopt(signedIn("session-2"), enrolment, facts.session);
    expect(await ledger.find(signedIn("session-2"), enrolment)).toBeUndefined();
    expect(await ledger.sendAgain(facts, enrolment)).toBe(false);
  });
});

describe("a revocation of one session", () => {
  it("ends that session, whenever it signed in, and leaves the others alone", async () => {
    const ledger = newLedger();
    const [ended, other] = [signedIn("ended", nowSeconds() + 30), signedIn("other")];
    const gone = await succeededChallenge(ledger, ended);
    const stays = await challengeIn(ledger, other, "succeeded");
    await ledger.revoke({ id: "sign-out", scope: ended.session, beforeMs: 0, reason: "signed out" });
    expect(await ledger.standing(ended)).toEqual({ revoked: true });
    expect(await ledger.standing(other)).toEqual({ revoked: false });
    expect(await stateOf(ledger, ended, gone)).toBeUndefined();
    expect(await ledger.consume(other, stays, "ticket")).toMatchObject({ ok: true });
    expect(await countRows(ledger, "grant_given")).toBe(1);
  });
});

describe("several sessions at once", () => {
  it("are told apart, in the order asked", async () => {
    const ledger = newLedger();
    const [ended, stands] = [signedIn("ended"), signedIn("stands", nowSeconds() - 5)];
    await ledger.revoke({ id: "sign-out", scope: ended.session, beforeMs: 0, reason: "signed out" });
    expect(await ledger.standings([stands, ended, stands])).toEqual([false, true, false]);
    await ledger.revoke(revokeUser("event-1"));
    expect(await ledger.standings([stands, ended])).toEqual([true, true]);
    expect(await ledger.standings([])).toEqual([]);
  });
});

describe("sessions", () => {
  it("that are over are not listed, and forgotten by the alarm", async () => {
    const ledger = newLedger();
    await ledger.startSession(signedIn("old"), seen(nowSeconds() - 1));
    await ledger.startSession(signedIn("new"), seen());
    expect((await ledger.sessions()).map(({ id }) => id)).toEqual(["new"]);
    await runDurableObjectAlarm(ledger);
    expect(await countRows(ledger, "session")).toBe(1);
  });
});
