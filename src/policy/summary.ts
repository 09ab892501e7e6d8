import type { Attributes } from "./attributes.ts";
import type { CompiledStepUpRoute } from "./parse.ts";
import type { Scalar } from "./scalar.ts";

/** One line of "what you are about to approve": plain text, to be escaped by whoever prints it. */
export interface SummaryLine {
  readonly label: string;
  readonly value: string;
}

/** The decimals that scalar.ts takes at most. */
const MAX_DECIMALS = 9;

// Characters that reorder or hide the text beside them: a payee must not be able to dress up as another.
const DISGUISE = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

function printNumber(value: number, decimals: number | undefined): string {
  if (decimals !== undefined) {
    return value.toLocaleString("en-US", {
      minimumFractionDigits: decimals,
      maximumFractionDigits: MAX_DECIMALS,
    });
  }
  const text = String(value);
  return text.includes("e") ? value.toFixed(MAX_DECIMALS).replace(/\.?0+$/, "") : text;
}

function print(value: Scalar, decimals: number | undefined): string {
  if (typeof value === "string") {
    return value.replace(/[\t\r\n]+/g, " ").replace(DISGUISE, "\ufffd");
  }
  if (typeof value === "number") {
    return printNumber(value, decimals);
  }
  return value ? "yes" : "no";
}

/**
 * Says what is to be approved, in the order the route declares; absent attributes are left out. Characters that
 * could disguise a text are shown as the replacement character, never dropped.
 */
export function summarize(route: CompiledStepUpRoute, attributes: Attributes): readonly SummaryLine[] {
  return route.definition.summary.flatMap(({ label, attribute, prefix = "", suffix = "", decimals }) => {
    const value = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
    return value === undefined ? [] : [{ label, value: `${prefix}${print(value, decimals)}${suffix}` }];
  });
}
