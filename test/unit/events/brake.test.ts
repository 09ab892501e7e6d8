import { describe, expect, it } from "vitest";
import { floodBrake } from "../../../src/events/brake.ts";

describe("the brake on a flood", () => {
  it("tells a flood from a few, by the second", () => {
    let nowMs = 0;
    const brake = floodBrake(() => nowMs);
    const answers = Array.from({ length: 30 }, () => brake.refused());
    expect(answers.filter(({ flood }) => flood)).toHaveLength(10);
    expect(answers.filter(({ record }) => record)).toHaveLength(21);
    nowMs = 1_000;
    expect(brake.refused()).toEqual({ flood: false, record: true });
  });

  it("knows a flood by this second and the one before", () => {
    let nowMs = 1_700_000_000_500;
    const brake = floodBrake(() => nowMs);
    const refuse = (times: number) => Array.from({ length: times }, () => brake.refused());
    refuse(20);
    expect(brake.isFlooded()).toBe(false);
    refuse(1);
    expect(brake.isFlooded()).toBe(true);
    nowMs += 1_499;
    expect(brake.isFlooded()).toBe(true);
    nowMs += 1;
    expect(brake.isFlooded()).toBe(false);
  });

  it("allows one alert of a wrong time in ten minutes", () => {
    let nowMs = 1;
    const brake = floodBrake(() => nowMs);
    expect(brake.mayAlertOfTime()).toBe(true);
    brake.alertedOfTime();
    expect(brake.mayAlertOfTime()).toBe(false);
    nowMs += 600_000;
    expect(brake.mayAlertOfTime()).toBe(true);
  });

  it("allows the next alert after ten seconds when one did not arrive", () => {
    let nowMs = 1;
    const brake = floodBrake(() => nowMs);
    brake.alertedOfTime();
    brake.alertOfTimeFailed();
    nowMs += 9_999;
    expect(brake.mayAlertOfTime()).toBe(false);
    nowMs += 1;
    expect(brake.mayAlertOfTime()).toBe(true);
  });
});
