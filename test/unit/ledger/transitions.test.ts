import { describe, expect, it } from "vitest";
import type { ChallengeState } from "../../../src/ledger/port.ts";
import { DELIVERY_SILENCE_MS, mayBecome, stateAt, TRANSITIONS } from "../../../src/ledger/transitions.ts";

/** An object literal's keys are its type's. */
const STATES = Object.keys(TRANSITIONS) as ChallengeState[];

describe("the states of a challenge", () => {
  it("lead to a release only by way of success, and to each end for good", () => {
    expect(STATES.filter((from) => mayBecome(from, "consumed"))).toEqual(["succeeded"]);
    expect(STATES.filter((from) => TRANSITIONS[from].length === 0).toSorted()).toEqual([
      "delivered",
      "expired",
      "superseded",
    ]);
    expect(STATES.filter((from) => mayBecome(from, "opening"))).toEqual([]);
    expect(STATES.filter((from) => mayBecome(from, from))).toEqual([]);
  });

  it("that can be passed are never reached from what was cancelled, failed, expired or replaced", () => {
    for (const from of ["cancelled", "failed", "expired", "superseded", "consumed", "delivered"] as const) {
      expect(mayBecome(from, "succeeded")).toBe(false);
      expect(mayBecome(from, "pending")).toBe(false);
    }
  });
});

describe("time", () => {
  it.each(STATES)("makes %s expired only where the table says so", (state) => {
    const stored = { state, expiresAtMs: 1_000, consumedAtMs: undefined };
    expect(stateAt(stored, 999)).toBe(state);
    expect(stateAt(stored, 1_000)).toBe(mayBecome(state, "expired") ? "expired" : state);
  });

  it("makes a consumed request uncertain after a minute of silence, and not expired", () => {
    const stored = { state: "consumed" as const, expiresAtMs: 0, consumedAtMs: 5_000 };
    expect(stateAt(stored, 5_000 + DELIVERY_SILENCE_MS - 1)).toBe("consumed");
    expect(stateAt(stored, 5_000 + DELIVERY_SILENCE_MS)).toBe("uncertain");
  });
});
