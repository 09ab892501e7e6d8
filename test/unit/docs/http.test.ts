import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  cleanRequestHeaders,
  ONLY_PLAIN_NAMES,
  REMOVED_NAMES,
  REMOVED_PREFIXES,
} from "../../../src/proxy/request-headers.ts";
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

  const cleaned = (name: string) => {
    const headers = new Headers([[name, "forged"]]);
    cleanRequestHeaders(headers);
    return [...headers.keys()];
  };
  const said = between("## What a client must not say", "These go on, but only in their own spelling");
  const bullets = said.slice(said.indexOf("\n* "));

  it.each(namesIn(bullets))("is right that %s does not go on", (name) => {
    expect(cleaned(name.endsWith("-") ? `${name}Anything` : name)).toEqual([]);
  });

  const plain = between("These go on, but only in their own spelling", "and any field that the same request");
  it.each(namesIn(plain).map((name) => name.replace("…", "Anything")))("is right about %s", (name) => {
    expect(cleaned(name)).toEqual([name.toLowerCase()]);
    expect(cleaned(name.replace("-", "_"))).toEqual(name.includes("-") ? [] : [name.toLowerCase()]);
  });
});

function between(start: string, end: string): string {
  const from = page.indexOf(start);
  return page.slice(from, page.indexOf(end, from));
}

/** What stands between backticks and is a header's name, or its beginning. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/`([A-Z][\w-]*[a-z\d…-])`/gi)].flatMap(([, name]) =>
    name === undefined || name === "SCRIPT_NAME" ? [] : [name],
  );
}
