import { fc, test as property } from "./property.ts";
import { describe, expect, it } from "vitest";
import { decodePercent } from "../../../src/policy/percent.ts";

describe("decodePercent", () => {
  it.each([
    ["/a%20b", "/a b"],
    ["%2F%5c", "/\\"],
    ["caf%C3%A9", "café"],
    ["%F0%9F%98%80", "😀"],
    ["%2541", "%41"],
    ["%%34%31", "%41"],
  ])("decodes %s once", (text, decoded) => {
    expect(decodePercent(text)).toBe(decoded);
  });

  it.each(["%", "%2", "%zz", "100%", "%c0%af", "%ff", "%ed%a0%80", "%e2%82", "%u002e", "%f5%80%80%80"])(
    "leaves %s, which says nothing, as it is",
    (text) => {
      expect(decodePercent(text)).toBe(text);
    },
  );

  it("decodes what it can beside bytes that are not UTF-8", () => {
    expect(decodePercent("%2e%c0%ae%C3%A9%80%2f")).toBe(".%c0%aeé%80/");
  });

  property(
    "agrees with decodeURIComponent wherever that succeeds",
    fc.string({ unit: "grapheme" }),
    (text) => {
      expect(decodePercent(encodeURIComponent(text))).toBe(text);
    },
  );

  property("never throws", fc.stringMatching(/^[%0-9a-f]{0,60}$/), (text) => {
    expect(decodePercent(text).length).toBeLessThanOrEqual(text.length);
  });
});
