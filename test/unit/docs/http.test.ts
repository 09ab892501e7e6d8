import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ONLY_PLAIN_NAMES, REMOVED_NAMES, REMOVED_PREFIXES } from "../../../src/proxy/request-headers.ts";
import { DIFFERENCES } from "../../support/differences.ts";
import { KNOWN_NAMES } from "../../support/known-names.ts";

const page = readFileSync(new URL("../../../docs/http.md", import.meta.url), "utf8");

describe("docs/http.md", () => {
  it.each(DIFFERENCES.map(({ says }) => says))("says: %s", (says) => {
    expect(page).toContain(`| ${says}`);
  });

  it.each([...REMOVED_NAMES, ...REMOVED_PREFIXES, ...ONLY_PLAIN_NAMES, ...KNOWN_NAMES])(
    "names %s",
    (name) => {
      expect(page).toContain(`\`${name}\``);
    },
  );
});
