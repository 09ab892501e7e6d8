import { describe, expect, it } from "vitest";
import { DELIVERY_SILENCE_MS, mayBecome, TRANSITIONS, type Mover } from "../../../src/ledger/transitions.ts";
import type { ChallengeState } from "../../../src/ledger/port.ts";
import {
  BINDING,
  challengeId,
  challengeIn,
  countRows,
  KEPT,
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

const PARALLEL = 30;
/** An object literal's keys are its type's. */
const STATES = Object.keys(TRANSITIONS) as ChallengeState[];
const facts = signedIn();

type Id = ReturnType<typeof challengeId>;

/** How each state is reached by a call, where one does it; `expired` comes by time alone. */
const MOVES: Readonly<
  Record<Exclude<ChallengeState, "opening" | "expired">, (ledger: LedgerStub, id: Id) => Promise<unknown>>
> = {
  pending: (ledger, id) => ledger.pend(id, pending()),
  succeeded: (ledger, id) => ledger.settle(facts, id, { state: "succeeded", verificationMethod: undefined }),
  cancelled: (ledger, id) => ledger.settle(facts, id, { state: "cancelled" }),
  failed: (ledger, id) => ledger.settle(facts, id, { state: "failed" }),
  consumed: (ledger, id) => ledger.consume(facts, id, { binding: BINDING }),
  delivered: (ledger, id) => ledger.finish(id, "delivered"),
  uncertain: (ledger, id) => ledger.finish(id, "uncertain"),
  superseded: (ledger, id) => pendingChallenge(ledger, facts, { pending: { supersedes: id } }),
};

/** By what each of them moves a challenge, in the table's words. */
const BY: Readonly<Record<keyof typeof MOVES, Mover>> = {
  pending: "pend",
  succeeded: "settle",
  cancelled: "settle",
  failed: "settle",
  consumed: "consume",
  delivered: "finish",
  uncertain: "finish",
  superseded: "supersede",
};

describe("the states of a challenge", () => {
  for (const from of STATES) {
    // An object literal's keys are its type's.
    for (const to of Object.keys(MOVES) as (keyof typeof MOVES)[]) {
      const move = MOVES[to];
      const allowed = mayBecome(from, to, BY[to]);
      it(`${from} ${allowed ? "becomes" : "does not become"} ${to}`, async () => {
        const ledger = newLedger();
        const id = await challengeIn(ledger, facts, from);
        expect(await stateOf(ledger, facts, id)).toBe(from);
        await move(ledger, id);
        expect(await stateOf(ledger, facts, id)).toBe(allowed ? to : from);
      });
    }
    const expires = mayBecome(from, "expired", "time");
    it(`${from} ${expires ? "expires" : "does not expire"} by time`, async () => {
      const ledger = newLedger();
      const id = await challengeIn(ledger, facts, from);
      await setBack(ledger, id, { expiresMs: 3_600_000 });
      expect(await stateOf(ledger, facts, id)).toBe(expires ? "expired" : from);
    });
  }

  it("opening becomes succeeded when Authsignal, asked again, lets a kept request through", async () => {
    const ledger = newLedger();
    const opened = opening();
    await ledger.open(facts, opened);
    expect(await ledger.pend(opened.id, pending({ state: "succeeded" }))).toEqual({ ok: true });
    expect(await stateOf(ledger, facts, opened.id)).toBe("succeeded");
    expect(await ledger.consume(facts, opened.id, "ticket")).toMatchObject({ ok: true, kept: KEPT });
  });

  it("a word about a request of long ago still counts: uncertain becomes delivered", async () => {
    const ledger = newLedger();
    const id = await challengeIn(ledger, facts, "uncertain");
    await ledger.finish(id, "delivered");
    expect(await stateOf(ledger, facts, id)).toBe("delivered");
    expect(await countRows(ledger, "kept")).toBe(0);
  });
});

describe("opening", () => {
  it("tells nobody anything before it is pending", async () => {
    const ledger = newLedger();
    const opened = opening();
    expect(await ledger.open(facts, opened)).toEqual({ ok: true, lastGrant: undefined });
    expect(await ledger.find(facts, opened.id)).toMatchObject({
      state: "opening",
      action: "transfer",
      target: "/transfer",
      summary: [{ label: "Amount", value: "1500" }],
      hasKept: false,
      way: undefined,
    });
    expect(await ledger.drop(facts, opened.id)).toBe(true);
    expect(await ledger.find(facts, opened.id)).toBeUndefined();
  });

  it("drop forgets openings only", async () => {
    const ledger = newLedger();
    const id = await pendingChallenge(ledger, facts);
    await ledger.drop(facts, id);
    expect(await stateOf(ledger, facts, id)).toBe("pending");
  });

  it("is refused beyond fifty at a time, and again possible when one ends", async () => {
    const ledger = newLedger();
    const ids = [];
    for (let index = 0; index < 50; index += 1) {
      ids.push(await pendingChallenge(ledger, facts, { pending: { kept: undefined } }));
    }
    expect(await ledger.open(facts, opening())).toEqual({ ok: false, reason: "too_many" });
    const [first = challengeId(), second = challengeId()] = ids;
    await ledger.settle(facts, first, { state: "cancelled" });
    expect(await ledger.open(facts, opening())).toMatchObject({ ok: true });
    expect(await ledger.open(facts, opening())).toEqual({ ok: false, reason: "too_many" });
    await setBack(ledger, second, { expiresMs: 601_000 });
    expect(await ledger.open(facts, opening())).toMatchObject({ ok: true });
  });

  it("tells of the session's last grant, not of another's", async () => {
    const ledger = newLedger();
    await succeededChallenge(ledger, facts);
    const later = opening();
    expect(await ledger.open(facts, later)).toMatchObject({
      ok: true,
      lastGrant: { action: "transfer", method: "EMAIL_OTP", atMs: expect.any(Number) },
    });
    expect(await ledger.open(signedIn("session-2"), opening())).toEqual({ ok: true, lastGrant: undefined });
  });

  it("an enrolment is no grant", async () => {
    const ledger = newLedger();
    await succeededChallenge(ledger, facts, { opening: { kind: "enrolment" } });
    expect(await ledger.open(facts, opening())).toEqual({ ok: true, lastGrant: undefined });
  });
});

describe("superseding", () => {
  it("ends the old one, leads to the new one, and keeps one request only", async () => {
    const ledger = newLedger();
    const old = await challengeIn(ledger, facts, "cancelled");
    const fresh = await pendingChallenge(ledger, facts, { pending: { supersedes: old } });
    expect(await ledger.find(facts, old)).toMatchObject({
      state: "superseded",
      successor: fresh,
      hasKept: false,
    });
    expect(await ledger.kept(facts, fresh)).toBe(KEPT);
  });

  it("of another session's, an unknown or a used one is refused, and changes nothing", async () => {
    const ledger = newLedger();
    const foreign = await pendingChallenge(ledger, signedIn("session-2"));
    const used = await challengeIn(ledger, facts, "delivered");
    for (const supersedes of [foreign, used, challengeId()]) {
      const opened = opening();
      await ledger.open(facts, opened);
      expect(await ledger.pend(opened.id, pending({ supersedes }))).toEqual({ ok: false, reason: "gone" });
      expect(await ledger.find(facts, opened.id)).toMatchObject({ state: "opening", hasKept: false });
    }
    expect(await stateOf(ledger, signedIn("session-2"), foreign)).toBe("pending");
  });

  it("happens once: of two tries at the same time one is refused", async () => {
    const ledger = newLedger();
    const old = await challengeIn(ledger, facts, "cancelled");
    const tries = [opening(), opening()];
    await Promise.all(tries.map((one) => ledger.open(facts, one)));
    const done = await Promise.all(tries.map((one) => ledger.pend(one.id, pending({ supersedes: old }))));
    expect(done.filter(({ ok }) => ok)).toHaveLength(1);
  });
});

describe("settling", () => {
  it("notes the method and the time of a success", async () => {
    const ledger = newLedger();
    const id = await succeededChallenge(ledger, facts);
    expect(await ledger.find(facts, id)).toMatchObject({
      verificationMethod: "EMAIL_OTP",
      completedAtMs: expect.any(Number),
    });
  });

  it("by another session is not found", async () => {
    const ledger = newLedger();
    const id = await pendingChallenge(ledger, facts);
    expect(await ledger.settle(signedIn("session-2"), id, { state: "failed" })).toBeUndefined();
    expect(await stateOf(ledger, facts, id)).toBe("pending");
  });

  it("a second time gives the state it is in", async () => {
    const ledger = newLedger();
    const id = await challengeIn(ledger, facts, "cancelled");
    expect(await ledger.settle(facts, id, { state: "succeeded", verificationMethod: "X" })).toBe("cancelled");
    expect(await ledger.find(facts, id)).toMatchObject({ verificationMethod: undefined });
  });
});

describe("consuming", () => {
  it("by thirty at once succeeds for one", async () => {
    const ledger = newLedger();
    const id = await succeededChallenge(ledger, facts);
    const outcomes = await Promise.all(
      Array.from({ length: PARALLEL }, (_, index) =>
        ledger.consume(facts, id, index % 2 === 0 ? "ticket" : { binding: BINDING }),
      ),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(outcomes.filter((outcome) => !outcome.ok && outcome.reason === "used")).toHaveLength(PARALLEL - 1);
  });

  it("gives the kept request and what it was approved as", async () => {
    const ledger = newLedger();
    const id = await succeededChallenge(ledger, facts);
    expect(await ledger.consume(facts, id, "ticket")).toMatchObject({
      ok: true,
      kept: KEPT,
      challenge: { id, state: "consumed", method: "POST", target: "/transfer", binding: BINDING },
    });
  });

  it.each([
    ["opening", "not_ready"],
    ["pending", "not_ready"],
    ["consumed", "used"],
    ["delivered", "used"],
    ["uncertain", "used"],
    ["cancelled", "ended"],
    ["failed", "ended"],
    ["expired", "ended"],
    ["superseded", "ended"],
  ] as const)("of a %s one is refused: %s", async (state, reason) => {
    const ledger = newLedger();
    const id = await challengeIn(ledger, facts, state);
    expect(await ledger.consume(facts, id, { binding: BINDING })).toEqual({ ok: false, reason });
  });

  it("by another session, another binding, an enrolment, or without a kept request is refused", async () => {
    const ledger = newLedger();
    const id = await succeededChallenge(ledger, facts);
    expect(await ledger.consume(signedIn("session-2"), id, "ticket")).toEqual({
      ok: false,
      reason: "not_found",
    });
    expect(await ledger.consume(facts, challengeId(), "ticket")).toEqual({ ok: false, reason: "not_found" });
    expect(await ledger.consume(facts, id, { binding: "other" })).toEqual({ ok: false, reason: "mismatch" });
    const program = await succeededChallenge(ledger, facts, { pending: { kept: undefined } });
    expect(await ledger.consume(facts, program, "ticket")).toEqual({ ok: false, reason: "mismatch" });
    const enrolment = await succeededChallenge(ledger, facts, { opening: { kind: "enrolment" } });
    expect(await ledger.consume(facts, enrolment, "ticket")).toEqual({ ok: false, reason: "not_ready" });
    expect(await stateOf(ledger, facts, id)).toBe("succeeded");
  });

  it("a request whose fate nobody reported for longer than any timeout is uncertain, and can be sent again once", async () => {
    const ledger = newLedger();
    const id = await challengeIn(ledger, facts, "consumed");
    expect(await ledger.sendAgain(facts, id)).toBe(false);
    await setBack(ledger, id, { consumedMs: DELIVERY_SILENCE_MS - 1_000 });
    expect(await stateOf(ledger, facts, id)).toBe("consumed");
    await setBack(ledger, id, { consumedMs: 1_000 });
    expect(await stateOf(ledger, facts, id)).toBe("uncertain");
    expect(await ledger.sendAgain(signedIn("session-2"), id)).toBe(false);
    const again = await Promise.all([ledger.sendAgain(facts, id), ledger.sendAgain(facts, id)]);
    expect(again.filter(Boolean)).toHaveLength(1);
    expect(await ledger.consume(facts, id, "ticket")).toMatchObject({ ok: true, kept: KEPT });
    expect(await ledger.sendAgain(facts, id)).toBe(false);
  });

  it("again gives a person the time to do so, though the challenge's own is nearly over", async () => {
    const ledger = newLedger();
    const id = await challengeIn(ledger, facts, "uncertain");
    await setBack(ledger, id, { expiresMs: 599_000 });
    await ledger.sendAgain(facts, id);
    await setBack(ledger, id, { expiresMs: 500_000 });
    expect(await ledger.consume(facts, id, "ticket")).toMatchObject({ ok: true });
  });

  it("of a program's request cannot be sent again by anybody but itself", async () => {
    const ledger = newLedger();
    const id = await succeededChallenge(ledger, facts, { pending: { kept: undefined } });
    await ledger.consume(facts, id, { binding: BINDING });
    await ledger.finish(id, "uncertain");
    expect(await ledger.sendAgain(facts, id)).toBe(false);
  });
});

describe("kept requests", () => {
  it("of eight megabytes come back as they were, and are gone once delivered", async () => {
    const ledger = newLedger();
    const sealed = "0123456789abcdef".repeat((8 * 1024 * 1024) / 16) + "tail";
    const id = await succeededChallenge(ledger, facts, { pending: { kept: sealed } });
    expect(await countRows(ledger, "kept")).toBe(9);
    const consumed = await ledger.consume(facts, id, "ticket");
    expect(consumed.ok && consumed.kept === sealed).toBe(true);
    await ledger.finish(id, "delivered");
    expect(await countRows(ledger, "kept")).toBe(0);
    expect(await ledger.kept(facts, id)).toBeUndefined();
  });

  it("are given to their own session only", async () => {
    const ledger = newLedger();
    const id = await pendingChallenge(ledger, facts);
    expect(await ledger.kept(signedIn("session-2"), id)).toBeUndefined();
    expect(await ledger.kept(facts, id)).toBe(KEPT);
  });
});

describe("adopting", () => {
  const fresh = signedIn("session-2");

  it("hands a pending enrolment to the sign-in it waited for", async () => {
    const ledger = newLedger();
    const id = await pendingChallenge(ledger, facts, { opening: { kind: "enrolment" } });
    await ledger.adopt(fresh, id, facts.session);
    expect(await stateOf(ledger, fresh, id)).toBe("pending");
    expect(await stateOf(ledger, facts, id)).toBeUndefined();
  });

  it("hands over nothing else: no step-up, nothing settled, nothing of a third session", async () => {
    const ledger = newLedger();
    const stepUp = await pendingChallenge(ledger, facts);
    const settled = await succeededChallenge(ledger, facts, { opening: { kind: "enrolment" } });
    const third = await pendingChallenge(ledger, signedIn("session-3"), { opening: { kind: "enrolment" } });
    for (const id of [stepUp, settled, third]) {
      await ledger.adopt(fresh, id, facts.session);
      expect(await ledger.find(fresh, id)).toBeUndefined();
    }
  });
});
