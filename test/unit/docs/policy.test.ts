import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decisionOf } from "../../../src/cli/decision.ts";
import { requestOf } from "../../../src/cli/request.ts";
import { readCommentedJson } from "../../../src/policy/json.ts";
import { policyJsonSchema } from "../../../src/policy/json-schema.ts";
import { parsePolicy } from "../../../src/policy/parse.ts";

const page = readFileSync(new URL("../../../docs/policy.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/```jsonc\n([^]*?)```(?:\n\n```text\n([^]*?)```)?/g)].map(
  ([, text = "", lines = ""]) => ({
    text,
    name: /"id": "([^"]+)"/.exec(text)?.[1] ?? "a document",
    lines: lines.split("\n").filter((line) => line !== ""),
  }),
);

/** A document of an example: itself, or a route on its own with the usual default. */
function policyOfExample(text: string) {
  const document = text.includes('"version"')
    ? text
    : `{ "version": 1, "default": { "require": "sign-in" }, "routes": [${text}] }`;
  const parsed = parsePolicy(document);
  return parsed.ok ? parsed.value : JSON.stringify(parsed.error);
}

/** Every name that the schema knows. */
function namesIn(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) {
    return [];
  }
  const properties: unknown = Reflect.get(schema, "properties");
  const own = typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  return [...own, ...Object.values(schema).flatMap(namesIn)];
}

describe("docs/policy.md", () => {
  it.each(examples)("shows $name as the gateway takes it", ({ text, lines }) => {
    const policy = policyOfExample(text);
    expect(typeof policy === "string" ? policy : "").toBe("");
    for (const line of lines) {
      const [, method = "", url = "", rest = "", expected] = /^(\S+) (\S+)( .*)? -> (.*)$/.exec(line) ?? [];
      const [, type] = / Content-Type: (.*)/.exec(rest) ?? [];
      const body = rest.startsWith(" {") ? rest.slice(1) : null;
      const request = requestOf(method, url, type === undefined ? {} : { "content-type": type }, body);
      const decided = typeof policy === "string" ? null : decisionOf(policy, request, null).decision;
      expect(`${method} ${url}${rest} -> ${decided}`).toBe(`${method} ${url}${rest} -> ${expected}`);
    }
  });

  it("has an example for each field", () => {
    const shown = new Set<string>();
    for (const { text } of examples) {
      expect(readCommentedJson(text, (path) => shown.add(String(path.at(-1)))).ok).toBe(true);
    }
    const missing = [...new Set(namesIn(policyJsonSchema()))].filter((name) => !shown.has(name));
    expect(missing).toEqual([]);
  });
});
