import { describe, expect, it } from "vitest";
import { summarize } from "../../../src/policy/summary.ts";
import { stepUpRouteOf } from "./fixtures.ts";

const attribute = (type: string) => ({ from: "body", name: type, type });
const route = stepUpRouteOf(
  { amount: attribute("number"), payee: attribute("string"), urgent: attribute("boolean") },
  {
    summary: [
      { label: "To", attribute: "payee" },
      { label: "Amount", attribute: "amount", prefix: "£", suffix: " now" },
      { label: "Urgent", attribute: "urgent" },
    ],
  },
);

describe("summarize", () => {
  it("says what the route declares, in its order", () => {
    expect(summarize(route, { amount: 1500.5, payee: "Bob", urgent: true })).toEqual([
      { label: "To", value: "Bob" },
      { label: "Amount", value: "£1500.5 now" },
      { label: "Urgent", value: "yes" },
    ]);
  });

  it("leaves out what is absent", () => {
    expect(summarize(route, { urgent: false })).toEqual([{ label: "Urgent", value: "no" }]);
  });

  it.each([
    [0.000_000_001, "£0.000000001 now"],
    [-0.000_000_1, "£-0.0000001 now"],
    [123_456_789_012_345, "£123456789012345 now"],
  ])("prints %d without an exponent", (amount, value) => {
    expect(summarize(route, { amount })).toEqual([{ label: "Amount", value }]);
  });

  it.each([
    [1500, 2, "1,500.00"],
    [1500.5, 2, "1,500.50"],
    [0.125, 2, "0.125"],
    [12, 0, "12"],
  ])("prints %d with at least %d decimals when asked to, and hides none", (amount, decimals, value) => {
    const summary = [{ label: "Amount", attribute: "amount", decimals }];
    const money = stepUpRouteOf({ amount: attribute("number") }, { summary });
    expect(summarize(money, { amount })).toEqual([{ label: "Amount", value }]);
  });

  it("shows characters that could disguise a text, and keeps it on one line", () => {
    expect(summarize(route, { payee: "Bob\r\n\u202eeve\u200b\ufeff" })).toEqual([
      { label: "To", value: "Bob \ufffdeve\ufffd\ufffd" },
    ]);
  });

  it("does not escape: its lines are plain text", () => {
    expect(summarize(route, { payee: "<b>Bob & Söhne</b> 👩‍👧" })).toEqual([
      { label: "To", value: "<b>Bob & Söhne</b> 👩‍👧" },
    ]);
  });
});
