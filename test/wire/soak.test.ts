import { describe, expect, it } from "vitest";
import { spared } from "../../soak/report.ts";
import { soak } from "../../soak/soak.ts";

/** Always the same numbers: a soak that fails is to fail again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    // Mulberry32, a public-domain generator.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("a small soak", () => {
  it("ends with exactly the expected state, whatever fails on the way", { timeout: 600_000 }, async () => {
    const report = await soak(300, seeded(20_261_123), () => undefined);
    expect(report.problems).toEqual([]);
    expect(report).toMatchObject({ sent: 300, applied: 300, lost: 0, twice: 0, restarts: 3 });
    expect(report.revocationP99Ms).toBeLessThan(5_000);
    expect(report.failedDeliveries).toBeGreaterThan(0);
    expect(spared(report.failures)).toEqual([]);
  });
});
