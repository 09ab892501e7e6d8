import { describe, expect, it } from "vitest";
import { effects } from "../../../soak/effects.ts";

const MARK = "alert:a/soak";

describe("what is done twice", () => {
  it("is what comes again after an answer", () => {
    const seen = effects();
    seen.done(MARK, true);
    expect(seen.twice()).toEqual([]);
    seen.done(MARK, true);
    seen.done(MARK, true);
    expect(seen.twice()).toEqual([[MARK, 2]]);
    expect(seen.excused()).toBe(0);
  });

  it("is not what comes again once after its answer was lost", () => {
    const seen = effects();
    seen.done(MARK, false);
    seen.done(MARK, true);
    expect(seen.twice()).toEqual([]);
    expect(seen.excused()).toBe(1);
    seen.done(MARK, true);
    expect(seen.twice()).toEqual([[MARK, 1]]);
  });

  it("is not what the ledger was never told of", () => {
    const seen = effects();
    seen.done(MARK, true);
    seen.forgotten(MARK);
    seen.done(MARK, true);
    expect(seen.twice()).toEqual([]);
  });

  it("is not what a kill left half done, but what the ledger knew before it", () => {
    const seen = effects();
    seen.done(MARK, true);
    seen.done("alert:b/soak", true);
    seen.remembered("alert:b/soak");
    seen.killed();
    seen.done(MARK, true);
    seen.done("alert:b/soak", true);
    seen.done("alert:c/soak", true);
    expect(seen.twice()).toEqual([["alert:b/soak", 1]]);
    seen.killed();
    seen.done("alert:c/soak", true);
    seen.done("alert:c/soak", true);
    expect(seen.twice()).toContainEqual(["alert:c/soak", 1]);
  });

  it("is nothing that was never done", () => {
    const seen = effects();
    seen.remembered(MARK);
    seen.killed();
    expect(seen.marks()).toEqual([]);
    expect(seen.times(MARK)).toBe(0);
    seen.done(MARK, true);
    expect(seen.marks()).toEqual([MARK]);
  });
});
