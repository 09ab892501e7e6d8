import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLIENT_FIELDS, parseClients } from "../../../src/triggers/config.ts";
import { METHOD_CLAIM, TIME_CLAIM } from "../../../src/triggers/pre-token-generation.ts";
import { REFUSAL_CODES } from "../../../src/triggers/refusal.ts";
import { triggerSettings } from "../../../workers/triggers/settings.ts";

const page = readFileSync("docs/cognito-sign-in.md", "utf8");

/** The names in the first cells of the table that begins with this heading row. */
function namesUnder(heading: string): string[] {
  const [rows = ""] = (page.split(`| ${heading} |`)[1] ?? "").split("\n\n");
  return rows
    .split("\n")
    .slice(2)
    .flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));
}

describe("docs/cognito-sign-in.md", () => {
  it("explains every field of a client, and no other", () => {
    expect(namesUnder("field | default").toSorted()).toEqual(CLIENT_FIELDS.toSorted());
  });

  it("explains every setting, and no other", () => {
    expect(namesUnder("setting | default").toSorted()).toEqual(Object.keys(triggerSettings).toSorted());
  });

  it("explains every code, and no other", () => {
    expect(namesUnder("code | what to do").toSorted()).toEqual(REFUSAL_CODES.toSorted());
  });

  it("names the claims", () => {
    expect(namesUnder("claim | value")).toEqual([METHOD_CLAIM, TIME_CLAIM]);
  });

  it("has an example of SIGN_IN_CLIENTS that is right", () => {
    const [, example = ""] = /```json\n(\{\n {2}"1example[^]*?)```/.exec(page) ?? [];
    expect(parseClients(example)).toMatchObject({ ok: true });
  });

  it("names files that are there", () => {
    for (const [, path = ""] of page.matchAll(
      /(?:node |--template-file |`)((?:scripts|deploy|src)\/[\w./-]+)/g,
    )) {
      expect(existsSync(path), path).toBe(true);
    }
  });
});
