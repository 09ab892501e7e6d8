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

  it.each([
    { what: "number", characters: 10, most: MAX_REMEMBERED_PROOFS },
    { what: "size", characters: 100_000, most: 40 },
  ])("are bounded in $what", ({ characters, most }) => {
    const remembered = rememberedProofs();
    const proofs = Array.from({ length: most + 1 }, (_, index) => `${index}`.padEnd(characters, "x"));
    for (const proof of proofs) {
      remembered.set(proof, principalOf());
    }
    const found = proofs.filter((proof) => remembered.get(proof, NOW_SECONDS) !== undefined);
    expect(found.length).toBeLessThanOrEqual(most);
    expect(found).toEqual(expect.arrayContaining(proofs.slice(-most / 2)));
  });
});
