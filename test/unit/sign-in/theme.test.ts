import { fc } from "../../support/properties.ts";
import { expect, test } from "vitest";
import { accentOf, contrast } from "../../../src/sign-in/theme.ts";
import { styleOf } from "../../../src/sign-in/look.ts";

const colour = fc
  .integer({ min: 0, max: 0xff_ff_ff })
  .map((value) => `#${value.toString(16).padStart(6, "0")}`);

test("measures contrast as WCAG does", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  expect(contrast("#ffffff", "#777777")).toBe(contrast("#777777", "#ffffff"));
});

test("an accent can be read on both cards, and so can the text on it; a colour that cannot is refused", () => {
  fc.assert(
    fc.property(colour, (text) => {
      const accent = accentOf(text);
      if (contrast(text, "#ffffff") < 4.5) {
        expect(accent).toBeUndefined();
        return;
      }
      expect(accent?.light).toBe(text);
      expect(contrast(accent?.dark ?? "", "#1a2023")).toBeGreaterThanOrEqual(4.5);
      expect(contrast(accent?.light ?? "", accent?.onLight ?? "")).toBeGreaterThanOrEqual(4.5);
      expect(contrast(accent?.dark ?? "", accent?.onDark ?? "")).toBeGreaterThanOrEqual(4.5);
    }),
  );
});

test.each(["", "red", "#fff", "#0b5c55;}", "#0b5c5", "0b5c55", "#0b5c551"])("%j is no colour", (text) => {
  expect(accentOf(text)).toBeUndefined();
});

test("the style sheet has the colour of the configuration, or none", () => {
  const look = { name: undefined, logo: undefined };
  expect(styleOf({ ...look, accent: accentOf("#123456") })).toContain("--accent: light-dark(#123456, ");
  expect(styleOf({ ...look, accent: undefined })).not.toContain("--accent:");
});
