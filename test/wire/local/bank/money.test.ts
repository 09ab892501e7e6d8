import { fc } from "../../../support/properties.ts";
import { describe, expect, it } from "vitest";
import { formatPounds, parsePence, toPounds } from "../../../../workers/local/bank/money.ts";

describe("amounts", () => {
  it.each([
    ["50", 5000],
    [" 12.5 ", 1250],
    ["12.05", 1205],
    ["0.01", 1],
    [1500, 150_000],
    [0.1, 10],
  ])("reads %j as %i pence", (amount, pence) => expect(parsePence(amount)).toBe(pence));

  it.each([
    "",
    "0",
    "0.00",
    "-1",
    "+1",
    "1,000",
    "1e3",
    "1.005",
    ".5",
    "5.",
    "0x10",
    "٥",
    "1 0",
    1e21,
    -1,
    Infinity,
    null,
    {},
  ])("refuses %j", (amount) => expect(parsePence(amount)).toBeUndefined());

  it("reads back every amount it shows, exactly", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_999_999_999 }), (pence) => {
        expect(parsePence(toPounds(pence).toFixed(2))).toBe(pence);
        expect(parsePence(toPounds(pence))).toBe(pence);
      }),
    );
    expect(formatPounds(1_248_050)).toBe("£12,480.50");
  });
});
