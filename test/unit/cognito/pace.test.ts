import { describe, expect, it } from "vitest";
import { pace } from "../../../src/cognito/pace.ts";

describe("a pace", () => {
  it("lets calls through evenly, and makes up for no time in which nobody called", async () => {
    let nowMs = 1_000;
    const waits: number[] = [];
    const turn = pace(
      4,
      () => nowMs,
      async (milliseconds) => void waits.push(milliseconds),
    );
    await turn();
    expect(waits).toEqual([]);
    await Promise.all([turn(), turn()]);
    expect(waits).toEqual([250, 500]);
    nowMs += 600;
    await turn();
    expect(waits).toEqual([250, 500, 150]);
    nowMs += 10_000;
    await turn();
    await turn();
    expect(waits).toEqual([250, 500, 150, 250]);
  });
});
