import { describe, expect, it } from "vitest";
import { MAX_FIELDS, readForm } from "../../../src/policy/form.ts";
import { fc, test as property } from "./property.ts";

describe("readForm", () => {
  it("marks what only some origins take for a field", () => {
    expect(readForm("a=1;b=2&c=3")).toEqual([
      { name: "a", value: null, isBehindSemicolon: false },
      { name: "b", value: null, isBehindSemicolon: true },
      { name: "c", value: "3", isBehindSemicolon: false },
    ]);
  });

  it("does not guess at values, and gives up on names", () => {
    expect(readForm("a=%zz&b=%ff&c")).toMatchObject([
      { value: null },
      { value: null },
      { name: "c", value: "" },
    ]);
    expect(readForm("%zz=1")).toBeNull();
    expect(readForm("a&".repeat(MAX_FIELDS + 1))).toBeNull();
  });

  property(
    "reads what URLSearchParams writes",
    fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }))),
    (pairs) => {
      const text = new URLSearchParams(pairs).toString();
      expect(readForm(text)?.map(({ name, value }) => [name, value])).toEqual(pairs);
    },
  );
});
