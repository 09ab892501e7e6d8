import { describe, expect, it } from "vitest";
import { rejoinCookieLines } from "../../../src/proxy/cookie-lines.ts";

describe("rejoinCookieLines", () => {
  it.each([
    ["a=1, b=2", "a=1; b=2"],
    ["a=1; b=2, c=3; d=4", "a=1; b=2; c=3; d=4"],
    ["a=, x[y]=1", "a=; x[y]=1"],
    ['a="x"; b=1, c=2', 'a="x"; b=1; c=2'],
    ['a="unclosed; b=1, c=2', 'a="unclosed; b=1; c=2'],
  ])("joins %s", (header, joined) => {
    expect(rejoinCookieLines(header)).toBe(joined);
  });

  it.each([
    "a=1; b=2",
    "list=1, 2, 3",
    "when=Thu, 01 Jan 2026 00:00:00 GMT",
    'json={"a": 1, "b": 2}',
    'q="x, y=1"',
    "pair=a,b=c",
    "",
  ])("leaves %s alone", (header) => {
    expect(rejoinCookieLines(header)).toBe(header);
  });

  it("takes its time in proportion, whatever it is given", () => {
    const header = `a=${", b".repeat(100_000)}`;
    const startedMs = performance.now();
    rejoinCookieLines(header);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});
