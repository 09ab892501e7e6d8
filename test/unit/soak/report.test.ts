import { describe, expect, it } from "vitest";
import { DEPENDENCIES, exitCodeOf, jsonOf, spared, type SoakReport } from "../../../soak/report.ts";

const GOOD: SoakReport = {
  sent: 10,
  applied: 10,
  lost: 0,
  twice: 0,
  revocationP99Ms: 3,
  slowestMs: 2_000,
  restarts: 3,
  failedDeliveries: 2,
  failures: Object.fromEntries(DEPENDENCIES.map((name) => [`${name} refused`, 1])),
  excused: 1,
  redelivered: 4,
  problems: [],
};

describe("the end of a soak", () => {
  it("is good when nothing is lost, twice or otherwise wrong", () => {
    expect(exitCodeOf(GOOD)).toBe(0);
  });

  it.each([{ lost: 1 }, { twice: 1 }, { problems: ["an innocent user was revoked"] }])(
    "is bad with %j",
    (bad) => {
      expect(exitCodeOf({ ...GOOD, ...bad })).toBe(1);
    },
  );

  it("is one line of JSON", () => {
    expect(jsonOf(GOOD)).toBe('{"sent":10,"applied":10,"lost":0,"twice":0,"revocationP99Ms":3}');
  });

  it("names what never failed", () => {
    expect(spared(GOOD.failures)).toEqual([]);
    const { "POLICY.get refused": _gone, ...others } = GOOD.failures;
    expect(spared(others)).toEqual(["POLICY.get"]);
  });
});
