import { describe, expect, it } from "vitest";
import { placeOf, readCommentedJson, readJson } from "../../../src/policy/json.ts";
import { fc, test as property } from "./property.ts";

describe("readJson", () => {
  it.each([
    ['{"a":1,"a":1}', 1, 8],
    ['{"a":1,"\\u0061":2}', 1, 8],
    ['{"x":[{"b":{"c":1,\n  "c":2}}]}', 2, 3],
    ['{"__proto__":1,"__proto__":2}', 1, 16],
  ])("refuses %s: a name appears twice", (text, line, column) => {
    expect(readJson(text)).toMatchObject({
      ok: false,
      error: { line, column, reason: expect.stringContaining("appears twice") },
    });
  });

  it.each([
    "",
    " ",
    "{",
    "[",
    "[1,]",
    '{"a":1,}',
    "{a:1}",
    "{'a':1}",
    "01",
    "1.",
    ".5",
    "+1",
    "0x1",
    "NaN",
    "Infinity",
    "tru",
    "nul",
    '"',
    '"\\x"',
    '"\\u12"',
    '"a\nb"',
    '"a\0b"',
    "1 2",
    "{} //c",
    "/*c*/1",
    "\ufeff1",
    '"a" "b"',
    "[1 2]",
    '{"a" 1}',
    "{,}",
    "\u00a01",
  ])("refuses %j, as JSON.parse does", (text) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(readJson(text)).toMatchObject({ ok: false });
  });

  it("keeps odd names as ordinary members", () => {
    const parsed = readJson('{"__proto__":{"admin":true},"constructor":1}');
    const value: unknown = parsed.ok ? parsed.value : null;
    expect(Object.keys(value as object)).toEqual(["__proto__", "constructor"]);
    expect((value as { admin?: unknown }).admin).toBeUndefined();
  });

  it("ends at a depth that nobody needs", () => {
    expect(readJson(`${"[".repeat(60)}${"]".repeat(60)}`).ok).toBe(true);
    expect(readJson("[".repeat(100_000))).toMatchObject({ ok: false });
    expect(readJson('{"a":'.repeat(100_000))).toMatchObject({ ok: false });
  });

  it("hands number literals over as they are written", () => {
    expect(readJson("[1.10,1e3]", (literal) => literal)).toEqual({ ok: true, value: ["1.10", "1e3"] });
  });

  property("reads what JSON.stringify writes", fc.jsonValue({ maxDepth: 5 }), (value) => {
    const text = JSON.stringify(value);
    const parsed = readJson(text);
    expect(parsed.ok && JSON.stringify(parsed.value)).toBe(JSON.stringify(JSON.parse(text)));
  });

  property(
    "accepts nothing that JSON.parse refuses, and refuses only repeated names beyond it",
    fc.array(
      fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"a"',
        '"b"',
        '"',
        "\\",
        "1",
        "-",
        ".5",
        "e3",
        "true",
        "null",
        " ",
        "\n",
        "0",
        "\u0001",
      ),
      { maxLength: 14 },
    ),
    (tokens) => {
      const text = tokens.join("");
      const parsed = readJson(text);
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        expect(parsed.ok).toBe(false);
        return;
      }
      if (parsed.ok) {
        expect(JSON.stringify(parsed.value)).toBe(JSON.stringify(expected));
      } else {
        expect(parsed.error.reason).toContain("appears twice");
      }
    },
    5000,
  );
});

describe("readCommentedJson", () => {
  it.each([
    ["{} // end", {}],
    ["/* a */ [1, /* b */ 2, // c\n 3,\n]", [1, 2, 3]],
    ['{"a": "// no comment", /* x */ "b": "/*",}', { a: "// no comment", b: "/*" }],
    ["// only\n1", 1],
  ])("reads %j", (text, value) => {
    const parsed = readCommentedJson(text);
    expect(parsed.ok && JSON.parse(JSON.stringify(parsed.value))).toEqual(value);
  });

  it.each(["/* {}", "{} /*", "{} /", "[,]", "{,}", "[1,,]", "[1 /* , */ 2]", '{"a":1,"a":2}', "/*/ 1"])(
    "refuses %j",
    (text) => {
      expect(readCommentedJson(text).ok).toBe(false);
    },
  );

  it("names the place of a comment that does not end", () => {
    expect(readCommentedJson('{\n  "a": 1 /* x\n}')).toEqual({
      ok: false,
      error: { line: 2, column: 10, reason: "The comment does not end." },
    });
  });

  it("says where each value stands", () => {
    const text = '{\n  "routes": [\n    { "id": "a" },\n    // next\n    { "id": "b" }\n  ]\n}';
    const places: Record<string, unknown> = {};
    readCommentedJson(text, (path, at) => {
      places[path.join(".")] = placeOf(text, at);
    });
    expect(places).toEqual({
      routes: { line: 2, column: 3 },
      "routes.0": { line: 3, column: 5 },
      "routes.0.id": { line: 3, column: 7 },
      "routes.1": { line: 5, column: 5 },
      "routes.1.id": { line: 5, column: 7 },
    });
  });

  property("means what JSON means where there is no comment", fc.json(), (text) => {
    const parsed = readCommentedJson(text);
    expect(parsed.ok ? JSON.stringify(parsed.value) : "repeated").toBe(
      parsed.ok ? JSON.stringify(JSON.parse(text)) : "repeated",
    );
  });

  property(
    "never throws, whatever it is given",
    fc.array(fc.constantFrom("/", "*", "//", "/*", "*/", "{", "}", '"a"', ":", ",", "1", "\n", "[", "]"), {
      maxLength: 16,
    }),
    (tokens) => {
      expect(() => readCommentedJson(tokens.join(""))).not.toThrow();
    },
    3000,
  );
});
