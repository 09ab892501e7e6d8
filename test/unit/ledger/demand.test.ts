import { describe, expect, it } from "vitest";
import { meets, type Demand, type Passed } from "../../../src/ledger/demand.ts";

const NOW_MS = 1_000_000_000;
const ANY: Demand = { methods: undefined, factorAgeSeconds: undefined, acceptsUnproven: true };
const PASSED: Passed = { kind: "step-up", method: "EMAIL_OTP", atMs: NOW_MS, factorSinceMs: undefined };

describe("what was passed is enough", () => {
  it("by a method that counts, and one that is not known counts nowhere that lists any", () => {
    expect(meets(PASSED, ANY)).toBe(true);
    expect(meets(PASSED, { ...ANY, methods: ["PASSKEY", "EMAIL_OTP"] })).toBe(true);
    expect(meets(PASSED, { ...ANY, methods: ["PASSKEY"] })).toBe(false);
    expect(meets({ ...PASSED, method: undefined }, { ...ANY, methods: ["PASSKEY"] })).toBe(false);
    expect(meets({ ...PASSED, method: undefined }, ANY)).toBe(true);
  });

  it("by an authenticator that is old enough, and one of unknown age is not", () => {
    const demand = { ...ANY, factorAgeSeconds: 60 };
    const since = (factorSinceMs: number | undefined) => meets({ ...PASSED, factorSinceMs }, demand);
    expect([since(NOW_MS - 60_000), since(NOW_MS - 59_999), since(undefined)]).toEqual([true, false, false]);
  });

  it("without a proof only where a route takes that", () => {
    const allowed = { ...PASSED, method: undefined, atMs: undefined };
    const reviewed = { ...PASSED, kind: "review" as const, method: undefined };
    for (const passed of [allowed, reviewed]) {
      expect(meets(passed, { ...ANY, methods: ["PASSKEY"], factorAgeSeconds: 60 })).toBe(true);
      expect(meets(passed, { ...ANY, acceptsUnproven: false })).toBe(false);
    }
  });

  it("never by an enrolment", () => {
    expect(meets({ ...PASSED, kind: "enrolment" }, ANY)).toBe(false);
  });
});
