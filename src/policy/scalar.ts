import { fail, ok } from "../http/result.ts";
import type { Result } from "../http/result.ts";
import type { AttributeRule } from "./attribute-schema.ts";

/** What a rule of Authsignal's can compare. */
export type Scalar = string | number | boolean;

/** Why a value that is there is not taken. */
export type ScalarProblem = "ambiguous" | "wrong_type" | "out_of_range" | "too_long";

// No sign plus, exponent, leading zero (octal to some), separator or blank: one spelling, one value.
const PLAIN_NUMBER = /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?$/;

/** A double holds any decimal of this many digits exactly enough to print it back. */
const MAX_SIGNIFICANT_DIGITS = 15;
const MAX_LITERAL_CHARACTERS = 64;

// Line ends and tabs are ordinary in a text area; other controls end or hide text somewhere.
const ODD_CONTROL = /(?![\t\n\r])\p{Cc}/u;

/** The literal of a JSON number, kept so that digits beyond a double's are noticed. */
export class NumberLiteral {
  readonly literal: string;

  constructor(literal: string) {
    this.literal = literal;
  }
}

/** How many digits of a literal carry information: no sign, point, exponent, or zeros at either end. */
function significantDigits(literal: string): number {
  const digits = literal.replace(/[eE].*$/, "").replace(/[-.]/g, "");
  return digits.replace(/^0+/, "").replace(/0+$/, "").length;
}

function checkNumber(
  rule: AttributeRule & { type: "number" },
  literal: string,
): Result<number, ScalarProblem> {
  if (literal.length > MAX_LITERAL_CHARACTERS) {
    return fail("out_of_range");
  }
  const value = Number(literal);
  const isExact = significantDigits(literal) <= MAX_SIGNIFICANT_DIGITS;
  const isLost = value === 0 && significantDigits(literal) > 0;
  if (!isExact || isLost || Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    return fail("out_of_range");
  }
  const isWithin = value >= (rule.min ?? -Infinity) && value <= (rule.max ?? Infinity);
  return isWithin ? ok(value === 0 ? 0 : value) : fail("out_of_range");
}

function checkString(rule: AttributeRule & { type: "string" }, text: string): Result<string, ScalarProblem> {
  if (!text.isWellFormed() || ODD_CONTROL.test(text)) {
    return fail("ambiguous");
  }
  return text.length > rule.maxLength ? fail("too_long") : ok(text);
}

/** Reads a rule's value from text (a form field, query, header or path). A checkbox's `on` is true. Never throws. */
export function readText(rule: AttributeRule, text: string): Result<Scalar, ScalarProblem> {
  switch (rule.type) {
    case "string":
      return checkString(rule, text);
    case "number":
      return PLAIN_NUMBER.test(text) ? checkNumber(rule, text) : fail("wrong_type");
    case "boolean":
      return text === "true" || text === "on" ? ok(true) : text === "false" ? ok(false) : fail("wrong_type");
  }
}

/**
 * Reads a rule's value from JSON or a claim. Text stands for a number or boolean under the same grammar as elsewhere
 * (APIs write amounts as text, Cognito writes every custom attribute so); an object, list or other type is refused.
 */
export function readValue(rule: AttributeRule, value: unknown): Result<Scalar, ScalarProblem> {
  if (typeof value === "string") {
    return readText(rule, value);
  }
  if (rule.type === "number") {
    const literal =
      value instanceof NumberLiteral ? value.literal : typeof value === "number" ? `${value}` : null;
    return literal === null ? fail("wrong_type") : checkNumber(rule, literal);
  }
  return rule.type === "boolean" && typeof value === "boolean" ? ok(value) : fail("wrong_type");
}
