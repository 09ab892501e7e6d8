import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const WIDTHS = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
] as const;
const SCHEMES = ["light", "dark"] as const;
/** Where pictures of the pages go, for people to look at; none are taken without it. */
const PICTURES_FOLDER = process.env["SALLYPORT_SHOTS"];
const MIN_OUTLINE_PX = 2;
const MIN_CONTRAST = 4.5;

/** What a page says about itself, read inside it. */
interface Facts {
  readonly overflowPx: number;
  readonly headings: number;
  readonly title: string;
  readonly lang: string;
  readonly nameless: string[];
  readonly faint: string[];
}

/** Looks at a page at phone and desktop width, light and dark, as a careful reader would. */
export async function inspect(page: Page, name: string, lang = "en"): Promise<void> {
  for (const viewport of WIDTHS) {
    await page.setViewportSize(viewport);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      const where = `${name} at ${viewport.width}, ${colorScheme}`;
      // The functions run in the page, where Node's types do not hold.
      const facts = await page.evaluate<Facts>(`(${readFacts.toString()})(${MIN_CONTRAST})`);
      expect.soft(facts, where).toMatchObject({ overflowPx: 0, headings: 1, lang, nameless: [], faint: [] });
      expect.soft(facts.title, where).not.toBe("");
      if (PICTURES_FOLDER !== undefined && PICTURES_FOLDER !== "") {
        await mkdir(PICTURES_FOLDER, { recursive: true });
        const path = join(PICTURES_FOLDER, `${name}-${viewport.width}-${colorScheme}.png`);
        await page.screenshot({ path, fullPage: true });
      }
    }
  }
  await walkByKeyboard(page, name);
}

/** Every control can be reached by Tab, and shows that it has been. */
async function walkByKeyboard(page: Page, name: string): Promise<void> {
  const controls = await page.locator("a[href], button, input:not([type=hidden])").count();
  for (let index = 0; index < controls; index += 1) {
    await page.keyboard.press("Tab");
    const outline = await page.evaluate<{ tag: string; widthPx: number; style: string }>(
      `(() => {
        const { outlineWidth, outlineStyle } = getComputedStyle(document.activeElement);
        return { tag: document.activeElement.tagName, widthPx: parseFloat(outlineWidth), style: outlineStyle };
      })()`,
    );
    expect.soft(outline.tag, name).toMatch(/^(?:A|BUTTON|INPUT)$/);
    expect.soft(outline.style, name).not.toBe("none");
    expect.soft(outline.widthPx, name).toBeGreaterThanOrEqual(MIN_OUTLINE_PX);
  }
}

/** Runs in the page. */
function readFacts(minContrast: number): Facts {
  const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string): number => {
    const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paperOf = (element: Element): string => {
    const { backgroundColor } = getComputedStyle(element);
    const isClear = channels(backgroundColor)[3] === 0;
    return isClear && element.parentElement !== null ? paperOf(element.parentElement) : backgroundColor;
  };
  const contrast = (element: Element): number => {
    const [first, second] = [luminance(getComputedStyle(element).color), luminance(paperOf(element))];
    return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
  };
  const texts = [...document.querySelectorAll("h1, p, dt, dd, a, button, code, label, input")];
  return {
    overflowPx: Math.max(0, document.documentElement.scrollWidth - innerWidth),
    headings: document.querySelectorAll("h1").length,
    title: document.title,
    lang: document.documentElement.lang,
    nameless: [
      ...[...document.querySelectorAll("a[href], button")].filter(
        (control) => control.textContent.trim() === "",
      ),
      ...[...document.querySelectorAll<HTMLInputElement>("input:not([type=hidden])")].filter(
        (input) => input.labels?.length !== 1,
      ),
    ].map((control) => control.outerHTML),
    faint: texts.filter((text) => contrast(text) < minContrast).map((text) => text.outerHTML),
  };
}
