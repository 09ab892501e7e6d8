import { describe, expect, it } from "vitest";
import { intersect, samplePath, within } from "../../../src/policy/pattern-sets.ts";
import { compilePattern, matchPattern, splitPath } from "../../../src/policy/pattern.ts";
import { fc, test as property } from "./property.ts";

function patternOf(source: string) {
  const compiled = compilePattern(source);
  if (!compiled.ok) {
    throw new Error(compiled.error);
  }
  return compiled.value;
}
const matches = (source: string, path: string) =>
  matchPattern(patternOf(source), splitPath(path), null) !== null;

describe("sets of paths", () => {
  it.each([
    ["/a/b", "/a/*", true],
    ["/a", "/a/*", true],
    ["/a/*", "/a/b", false],
    ["/a/:x", "/a/*", true],
    ["/a/b", "/a/:x", true],
    ["/a/:x", "/a/b", false],
    ["/a/*", "/*", true],
    ["/a/b", "/a/b/", false],
  ])("%s is within %s: %s", (narrow, wide, expected) => {
    expect(within(patternOf(narrow), patternOf(wide))).toBe(expected);
  });

  const segment = fc.constantFrom("a", "b", ":x");
  const source = fc
    .tuple(fc.uniqueArray(segment, { maxLength: 3 }), fc.boolean())
    .map(([segments, hasRest]) => `/${[...segments, ...(hasRest ? ["*"] : [])].join("/")}`);
  const path = fc
    .array(fc.constantFrom("a", "b", "c"), { maxLength: 4 })
    .map((parts) => `/${parts.join("/")}`);

  property(
    "no path contradicts what is said of two patterns",
    fc.tuple(source, source, path),
    ([first, second, sample]) => {
      const [one, other] = [patternOf(first), patternOf(second)];
      const inBoth = matches(first, sample) && matches(second, sample);
      if (within(one, other) && matches(first, sample)) {
        expect(matches(second, sample)).toBe(true);
      }
      if (inBoth) {
        expect(intersect(one, other)).toBe(true);
      }
      expect(intersect(one, other)).toBe(intersect(other, one));
      expect(within(one, other) && !intersect(one, other)).toBe(false);
    },
    5000,
  );

  property("a sample is matched by its pattern", source, (pattern) => {
    expect(matches(pattern, samplePath(patternOf(pattern)))).toBe(true);
  });
});
