import { fc } from "../../support/properties.ts";
import { expect, test } from "vitest";
import { ERROR_CODES } from "../../../src/http/codes.ts";
import {
  LANGUAGES,
  messagesOf,
  namedLanguage,
  preferredLanguage,
  SIGN_IN_PROBLEMS,
} from "../../../src/sign-in/messages.ts";

test.each([
  [null, "en"],
  ["", "en"],
  ["es", "es"],
  ["es-MX,es;q=0.9,en;q=0.8", "es"],
  ["fr,es;q=0.5,en;q=0.4", "es"],
  ["en;q=0.1, es;q=0.9", "es"],
  ["es;q=0, en", "en"],
  ["de-DE,de", "en"],
  ["ES", "es"],
  ["*", "en"],
])("Accept-Language %j is answered in %s", (header, language) => {
  expect(preferredLanguage(header)).toBe(language);
});

test("any header gives some language", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (header) => {
      expect(LANGUAGES).toContain(preferredLanguage(header));
    }),
  );
});

test("a language is named by its tag, with or without a region", () => {
  expect(["es", "es-419", "EN-gb", "eso", "xx", "", null, undefined].map(namedLanguage)).toEqual([
    "es",
    "es",
    "en",
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("every language has a sentence for every problem, of its own", () => {
  for (const problem of SIGN_IN_PROBLEMS) {
    expect(Object.keys(ERROR_CODES)).toContain(problem);
    const sentences = LANGUAGES.map((language) => messagesOf(language).problems[problem]);
    expect(sentences.every((sentence) => /[.]$/.test(sentence))).toBe(true);
    expect(new Set(sentences).size).toBe(LANGUAGES.length);
  }
  for (const language of LANGUAGES) {
    expect(messagesOf(language).title("Bank")).toContain("Bank");
    expect(messagesOf(language).title(undefined)).not.toBe("");
  }
});
