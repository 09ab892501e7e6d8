import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "../../../src/http/codes.ts";
import { TRANSITIONS } from "../../../src/ledger/transitions.ts";

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const page = read("docs/step-up.md");
const pages = read("src/stepup/pages.ts");
const titles = new Set<string>(Object.values(ERROR_CODES).map(({ title }) => title));

/** The rows under a heading, cell by cell. */
function rowsUnder(heading: string): string[][] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

const quoted = (cell: string | undefined) => [...(cell ?? "").matchAll(/`([^`]+)`/g)].map(([, text]) => text);

describe("docs/step-up.md", () => {
  it("lists every state", () => {
    const listed = rowsUnder("States").flatMap(([state]) => quoted(state));
    expect(listed.toSorted()).toEqual(Object.keys(TRANSITIONS).toSorted());
  });

  it("lists every transition with what makes it, and no other", () => {
    const shown = rowsUnder("What moves a challenge").flatMap(([from, to, by]) =>
      quoted(by).map((mover) => `${quoted(from)[0]} > ${quoted(to)[0]} by ${mover}`),
    );
    const real = Object.entries(TRANSITIONS).flatMap(([from, next]) =>
      Object.entries(next).flatMap(([to, by]) => by.map((mover) => `${from} > ${to} by ${mover}`)),
    );
    expect(shown.toSorted()).toEqual(real.toSorted());
  });

  it.each(rowsUnder("Ends"))(
    "has for: %s the page, the code and the test that it names",
    (_, shown, code, test) => {
      const isPage =
        shown === "" || shown === "managed login" || titles.has(shown ?? "") || pages.includes(`"${shown}"`);
      expect(isPage ? "" : `no page says: ${shown}`).toBe("");
      expect(quoted(code).filter((name) => !Object.hasOwn(ERROR_CODES, name ?? ""))).toEqual([]);
      const [, file = "", name = ""] = /^`([^`]+)` (.+)$/.exec(test ?? "") ?? [];
      expect(read(`test/${file}.test.ts`)).toContain(name);
    },
  );

  it("names every code that a challenge can end with", () => {
    const named = new Set(rowsUnder("Ends").flatMap(([, , code]) => quoted(code)));
    const ends = Object.keys(ERROR_CODES).filter((code) => code.startsWith("challenge_"));
    expect(ends.filter((code) => !named.has(code))).toEqual([]);
  });
});
