import { describe, expect, it } from "vitest";
import { MAX_REMEMBERED_PROOFS, rememberedProofs } from "../../../src/identity/remembered.ts";
import { NOW_SECONDS, principalOf } from "./fixtures.ts";

describe("remembered proofs", () => {
  it("are found by their exact text until they expire", () => {
    const remembered = rememberedProofs();
    const principal = principalOf({ expiresAtSeconds: NOW_SECONDS + 10 });
    remembered.set("a.b.c", principal);
    expect(remembered.get("a.b.c", NOW_SECONDS + 9)).toBe(principal);
    expect(remembered.get("a.b.c", NOW_SECONDS + 10)).toBeUndefined();
    for (const other of ["a.b.C", "a.b.c=", " a.b.c", "a.b", ""]) {
      expect(remembered.get(other, NOW_SECONDS)).toBeUndefined();
    }
  });

  it("are bounded in number: the oldest go first", () => {
    const remembered = rememberedProofs();
    for (let index = 0; index <= MAX_REMEMBERED_PROOFS; index += 1) {
      remembered.set(`proof-${index}`, principalOf());
    }
    expect(remembered.get("proof-0", NOW_SECONDS)).toBeUndefined();
    expect(remembered.get("proof-1", NOW_SECONDS)).toBeDefined();
    expect(remembered.get(`proof-${MAX_REMEMBERED_PROOFS}`, NOW_SECONDS)).toBeDefined();
  });

  it("are bounded in size", () => {
    const remembered = rememberedProofs();
    for (let index = 0; index < 100; index += 1) {
      remembered.set(`${index}-${"x".repeat(100_000)}`, principalOf());
    }
    const found = Array.from({ length: 100 }, (_, index) =>
      remembered.get(`${index}-${"x".repeat(100_000)}`, NOW_SECONDS),
    ).filter((principal) => principal !== undefined);
    expect(found.length).toBeLessThanOrEqual(40);
    expect(found.length).toBeGreaterThan(30);
  });
});
