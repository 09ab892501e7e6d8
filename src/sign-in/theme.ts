/** The colour of buttons and links in both schemes, each with the text that can be read on it. */
export interface Accent {
  readonly light: string;
  readonly onLight: string;
  readonly dark: string;
  readonly onDark: string;
}

/** WCAG 2.2, 1.4.3: text of ordinary size. */
const MIN_CONTRAST = 4.5;
/** The cards of our pages, on which links stand (`src/http/assets.ts`). */
const LIGHT_CARD = "#ffffff";
const DARK_CARD = "#1a2023";
const INK = "#10181a";
const MIX_STEPS = 50;

type Rgb = readonly [number, number, number];

/**
 * Makes the accent of a brand's colour, given as `#rrggbb`: it must be readable on white; for the dark scheme it is
 * mixed with white until it is readable there.
 *
 * @returns `undefined` for what is not a colour, or one too light for text on white.
 */
export function accentOf(colour: string): Accent | undefined {
  const rgb = parseColour(colour);
  if (rgb === undefined || contrast(colour, LIGHT_CARD) < MIN_CONTRAST) {
    return undefined;
  }
  const lighter = Array.from({ length: MIX_STEPS + 1 }, (_, step) => mixedWithWhite(rgb, step / MIX_STEPS));
  const dark = lighter.find((mixed) => contrast(mixed, DARK_CARD) >= MIN_CONTRAST) ?? LIGHT_CARD;
  return { light: colour.toLowerCase(), onLight: readableOn(colour), dark, onDark: readableOn(dark) };
}

/** The contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: string, other: string): number {
  const [lower = 0, higher = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (higher + 0.05) / (lower + 0.05);
}

function readableOn(colour: string): string {
  return contrast(colour, LIGHT_CARD) >= contrast(colour, INK) ? LIGHT_CARD : INK;
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (parseColour(colour) ?? []).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mixedWithWhite(rgb: Rgb, share: number): string {
  const digits = rgb.map((value) =>
    Math.round(value + (255 - value) * share)
      .toString(16)
      .padStart(2, "0"),
  );
  return `#${digits.join("")}`;
}

function parseColour(text: string): Rgb | undefined {
  const [, red, green, blue] = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text) ?? [];
  return red === undefined || green === undefined || blue === undefined
    ? undefined
    : [Number.parseInt(red, 16), Number.parseInt(green, 16), Number.parseInt(blue, 16)];
}
