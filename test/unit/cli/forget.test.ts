import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { WORDS } from "../../../src/cli/forget.ts";

test("what was erased is named in words, whatever table it was in", () => {
  const source = readFileSync(new URL("../../../src/ledger/tables.ts", import.meta.url), "utf8");
  const tables = new Set(
    [...source.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g)].map(([, name]) => name),
  );
  tables.delete("meta"); // says how the others look, and stays
  expect(Object.keys(WORDS).toSorted()).toEqual([...tables, "letter"].toSorted());
});
