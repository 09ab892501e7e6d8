import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const FOLDER = "docs";
const VERDICTS = ["kept", "chosen", "left out"];

interface Row {
  readonly file: string;
  readonly line: number;
  readonly cells: readonly string[];
  /** The folder of tests that are named without one: the text above says "below `test/…/`". */
  readonly base: string;
}

/** Every row of a table that says what became of something in the contract. */
const rows: readonly Row[] = readdirSync(FOLDER)
  .filter((name) => name.startsWith("local-world") && name.endsWith(".md"))
  .flatMap(rowsOf)
  .filter(({ cells }) => cells.length === 5 && VERDICTS.includes(cells[2] ?? ""));

function rowsOf(file: string): Row[] {
  const text = readFileSync(`${FOLDER}/${file}`, "utf8");
  let offset = 0;
  return text.split("\n").map((line, i) => {
    const above = text.slice(0, offset);
    offset += line.length + 1;
    const base = [...above.matchAll(/below\s+`(test\/[^`]+\/)`/g)].at(-1)?.[1] ?? "";
    return { file, line: i + 1, cells: line.split(/(?<!\\)\|/).map((cell) => cell.trim()), base };
  });
}

test("there are rows to judge", () => {
  expect(rows.length).toBeGreaterThan(50);
});

test.each(rows.filter(({ cells }) => cells[2] === "kept"))(
  "$file:$line is kept, and names a test that exists",
  ({ cells, base }) => {
    const named = [...(cells[3] ?? "").matchAll(/`([^`]+\.test\.ts)`/g)].map(([, path = ""]) =>
      path.startsWith("test/") ? path : base + path,
    );
    expect(named).not.toEqual([]);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  },
);

test.each(rows.filter(({ cells }) => cells[2] !== "kept"))(
  "$file:$line is not kept, and says how or why",
  ({ cells }) => {
    expect(cells[3]).not.toBe("");
  },
);
