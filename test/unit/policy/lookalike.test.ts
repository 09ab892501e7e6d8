import { describe, expect, it } from "vitest";
import { isReservedName, lookalikeOf } from "../../../src/policy/lookalike.ts";

describe("lookalikeOf", () => {
  it("does not fold a name of a megabyte: it takes it for a lookalike at once", () => {
    const startedMs = performance.now();
    expect(lookalikeOf("amount")("\ufdfa".repeat(340_000))).toBe(true);
    expect(performance.now() - startedMs).toBeLessThan(50);
  });

  it.each([
    ["amount", "AMOUNT"],
    ["amount", "amount[currency]"],
    ["amount", "amount.value"],
    ["amount", "\u00a0amount"],
    ["amount", "other\nname"],
    ["pay_ee", "pay.ee"],
    ["pay_ee", "pay ee"],
    ["pay_ee", "pay-ee"],
    ["payee.name", "payee[name]"],
    ["payee.name", "payee"],
  ])("takes for %s also %j", (wanted, name) => {
    expect(lookalikeOf(wanted)(name)).toBe(true);
  });

  it.each([
    ["amount", "amount"],
    ["amount", "amounts"],
    ["amount", "total_amount"],
    ["amount", "payment[amount]"],
    ["amount", ""],
    ["amount", "[]"],
    ["payee.name", "payee.account"],
  ])("leaves to %s its neighbour %j", (wanted, name) => {
    expect(lookalikeOf(wanted)(name)).toBe(false);
  });
});

describe("isReservedName", () => {
  it("knows method overrides in any case, and leaves `method` alone", () => {
    expect(
      ["_method", "_Method", " _method", "_charset_", "x-http-method-override"].every(isReservedName),
    ).toBe(true);
    expect(["method", "charset", "_methods"].some(isReservedName)).toBe(false);
  });
});
