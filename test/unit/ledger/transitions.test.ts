import { describe, expect, it } from "vitest";
import type { ChallengeState } from "../../../src/ledger/port.ts";
import { DELIVERY_SILENCE_MS, mayBecome, stateAt, TRANSITIONS } from "../../../src/ledger/transitions.ts";

/** An object literal's keys are its type's. */
const STATES = Object.keys(TRANSITIONS) as ChallengeState[];

describe("the states of a challenge", () => {
  it("lead to a release only by way of success, and to each end for good", () => {
    expect(STATES.filter((from) => "consumed" in TRANSITIONS[from])).toEqual(["succeeded"]);
    expect(STATES.filter((from) => Object.keys(TRANSITIONS[from]).length === 0).toSorted()).toEqual([
      "delivered",
      "expired",
      "superseded",
    ]);
    expect(STATES.filter((from) => "opening" in TRANSITIONS[from])).toEqual([]);
    expect(STATES.filter((from) => from in TRANSITIONS[from])).toEqual([]);
  });

  it("that can be passed are never reached from what was cancelled, failed, expired or replaced", () => {
    for (const from of ["cancelled", "failed", "expired", "superseded", "consumed", "delivered"] as const) {
      expect(Object.keys(TRANSITIONS[from])).not.toContain("succeeded");
      expect(Object.keys(TRANSITIONS[from])).not.toContain("pending");
    }
  });

  it("become a success by Authsignal's word while that is awaited, and at no other time", () => {
    expect(STATES.filter((from) => mayBecome(from, "succeeded", "settle"))).toEqual(["pending"]);
    expect(STATES.filter((from) => mayBecome(from, "succeeded", "sendAgain"))).toEqual(["uncertain"]);
    expect(STATES.filter((from) => mayBecome(from, "succeeded", "pend"))).toEqual(["opening"]);
  });
});

describe("time", () => {
  it.each(STATES)("makes %s expired only where the table says so", (state) => {
    const stored = { state, expiresAtMs: 1_000, consumedAtMs: undefined };
    expect(stateAt(stored, 999)).toBe(state);
    expect(stateAt(stored, 1_000)).toBe(mayBecome(state, "expired", "time") ? "expired" : state);
  });

  it("makes a consumed request uncertain after a minute of silence, and not expired", () => {
    const stored = { state: "consumed" as const, expiresAtMs: 0, consumedAtMs: 5_000 };
    expect(stateAt(stored, 5_000 + DELIVERY_SILENCE_MS - 1)).toBe("consumed");
    expect(stateAt(stored, 5_000 + DELIVERY_SILENCE_MS)).toBe("uncertain");
  });
});
