import { fc } from "../../support/properties.ts";
import { describe, expect, it } from "vitest";
import { estimateMedian, median } from "../../../bench/stats.ts";

/** A small linear congruential generator: the same numbers in every run. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

const values = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 40 });

describe("median", () => {
  it("is the middle value of an odd number, whatever their order", () => {
    expect(median([5, 1, 3])).toBe(3);
  });

  it("is the mean of the two middle values of an even number", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it("compares numbers, not their text", () => {
    expect(median([10, 9, 100])).toBe(10);
  });

  it("refuses nothing at all", () => {
    expect(() => median([])).toThrow("no values");
  });

  it("leaves the values in their order", () => {
    const given = [3, 1, 2];
    median(given);
    expect(given).toEqual([3, 1, 2]);
  });
});

describe("estimateMedian", () => {
  it("has no width when every round agrees", () => {
    expect(estimateMedian([1.1, 1.1, 1.1], seededRandom(1))).toEqual({ median: 1.1, low: 1.1, high: 1.1 });
  });

  it("is not moved by one round that the machine spoiled", () => {
    const rounds = [...Array.from({ length: 19 }, (_, index) => 1 + index / 1000), 50];
    const { median: middle, high } = estimateMedian(rounds, seededRandom(2));
    expect(middle).toBeLessThan(1.02);
    expect(high).toBeLessThan(1.02);
  });

  it("narrows as rounds are added", () => {
    const noise = seededRandom(3);
    const rounds = Array.from({ length: 400 }, () => 1 + noise() / 10);
    const few = estimateMedian(rounds.slice(0, 20), seededRandom(4));
    const many = estimateMedian(rounds, seededRandom(4));
    expect(many.high - many.low).toBeLessThan(few.high - few.low);
  });

  it("keeps the median between its bounds, and the bounds among the values", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 2 ** 31 }), (rounds, seed) => {
        const { median: middle, low, high } = estimateMedian(rounds, seededRandom(seed));
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...rounds));
        expect(high).toBeLessThanOrEqual(Math.max(...rounds));
        expect(middle).toBe(median(rounds));
      }),
      { numRuns: 30 },
    );
  });
});
