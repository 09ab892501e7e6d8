import { describe, expect, it } from "vitest";
import { mishaps } from "../../../soak/mishaps.ts";

describe("mishaps", () => {
  const kinds = [
    { every: 50, ways: ["refused", "lost"] },
    { every: 2_000, ways: ["late"] },
  ];

  it.each([0, 0.5, 0.999])("come early, take turns and come as often as they should (%d)", (chance) => {
    const next = mishaps(kinds, () => chance);
    const ways = Array.from({ length: 20_000 }, next);
    expect(new Set(ways.slice(0, 11).filter((way) => way !== undefined)).has("late")).toBe(true);
    const often = ways.filter((way) => way === "refused" || way === "lost");
    expect(often.every((way, index) => way === (index % 2 === 0 ? "refused" : "lost"))).toBe(true);
  });

  it("leave most calls alone", () => {
    const next = mishaps(kinds, () => 0.5);
    const failed = Array.from({ length: 20_000 }, next).filter((way) => way !== undefined);
    expect(failed.length).toBeGreaterThan(350);
    expect(failed.length).toBeLessThan(450);
  });
});
