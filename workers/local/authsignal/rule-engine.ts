import { LogicEngine } from "json-logic-engine";
import { isInRange } from "./ip-facts.ts";
import type { Switches } from "./switches.ts";

/** The operators a condition may use; others are refused when the rule is saved. */
const JSON_LOGIC_OPERATORS = "var == === != !== < <= > >= in and or ! !!".split(" ");
/** Chosen here, as the documentation shows no shape for either: a value list, and an address in CIDR ranges. */
const OWN_OPERATORS = ["list", "inCidr"];
const OPERATORS: readonly string[] = [...JSON_LOGIC_OPERATORS, ...OWN_OPERATORS];
const MAX_CONDITION_DEPTH = 16;

export type ValueLists = Readonly<Record<string, readonly (string | number)[]>>;
type MissingVariable = Switches["missingVariable"];

const ORDERS: readonly [string, (a: number, b: number) => boolean][] = [
  ["<", (a, b) => a < b],
  ["<=", (a, b) => a <= b],
  [">", (a, b) => a > b],
  [">=", (a, b) => a >= b],
];

const engines: Readonly<Record<MissingVariable, LogicEngine>> = {
  "no-match": careful(interpreted()),
  "json-logic": interpreted(),
};

/** Whether conditions hold for facts. Never throws: what cannot be evaluated does not hold (choice 10). */
export function holds(
  conditions: unknown,
  facts: object,
  lists: ValueLists,
  missing: MissingVariable,
): boolean {
  try {
    return Boolean(engines[missing].run(conditions, { ...facts, lists }));
  } catch {
    return false;
  }
}

/** Says what is wrong with a JsonLogic condition, or nothing. `lists` are the aliases that exist. */
export function problemWithConditions(
  conditions: unknown,
  lists?: ReadonlySet<string>,
  depth = 0,
): string | undefined {
  if (depth > MAX_CONDITION_DEPTH) {
    return `conditions are nested deeper than ${MAX_CONDITION_DEPTH} levels`;
  }
  if (Array.isArray(conditions) && depth > 0) {
    return firstProblem(conditions, lists, depth);
  }
  if (typeof conditions !== "object" || conditions === null || Array.isArray(conditions)) {
    return depth === 0 ? "conditions must be a JsonLogic object" : undefined;
  }
  const entries = Object.entries(conditions);
  const [operator, operands] = entries[0] ?? [];
  if (entries.length !== 1 || operator === undefined) {
    return "a JsonLogic object has exactly one operator";
  }
  if (!OPERATORS.includes(operator)) {
    return `the operator "${operator}" is not supported`;
  }
  if (operator === "list" && !lists?.has(aliasOf(operands) ?? "")) {
    return `there is no value list "${aliasOf(operands) ?? ""}"`;
  }
  return firstProblem(Array.isArray(operands) ? operands : [operands], lists, depth);
}

/** The variables that conditions read, each once. */
export function variablesOf(conditions: unknown): string[] {
  if (typeof conditions !== "object" || conditions === null) {
    return [];
  }
  const found = Object.entries(conditions).flatMap(([operator, operands]) => {
    const name: unknown = Array.isArray(operands) ? operands[0] : operands;
    return operator === "var" && typeof name === "string" ? [name] : variablesOf(operands);
  });
  return [...new Set(found)];
}

function firstProblem(
  operands: readonly unknown[],
  lists: ReadonlySet<string> | undefined,
  depth: number,
): string | undefined {
  for (const operand of operands) {
    const problem = problemWithConditions(operand, lists, depth + 1);
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}

function aliasOf(operands: unknown): string | undefined {
  const alias: unknown = Array.isArray(operands) ? operands[0] : operands;
  return typeof alias === "string" ? alias : undefined;
}

/** No code is generated from a rule. */
function interpreted(): LogicEngine {
  const logic = new LogicEngine(undefined, { disableInline: true, disableInterpretedOptimization: true });
  logic.addMethod("list", (operands: unknown, facts: { readonly lists?: ValueLists }) => {
    const alias = aliasOf(operands) ?? "";
    return facts.lists !== undefined && Object.hasOwn(facts.lists, alias) ? facts.lists[alias] : [];
  });
  logic.addMethod("inCidr", (operands: unknown) => {
    const [address, ranges] = pairOf(operands);
    return isMissing(address)
      ? null
      : typeof address === "string" && textsOf(ranges).some((range) => isInRange(address, range));
  });
  return logic;
}

/**
 * What is missing matches nothing, and its opposite neither: a comparison with it is unknown (null), and "not unknown"
 * is not true. Ordering never coerces what is not a number.
 */
function careful(logic: LogicEngine): LogicEngine {
  const compare = (operator: string, fits: (a: unknown, b: unknown) => boolean): void => {
    logic.addMethod(operator, (operands: unknown) => {
      const [a, b] = pairOf(operands);
      return isMissing(a) !== isMissing(b) ? null : fits(a, b);
    });
  };
  // JsonLogic's == coerces as JavaScript's does.
  // oxlint-disable-next-line eqeqeq
  compare("==", (a, b) => (isMissing(a) && isMissing(b)) || a == b);
  // oxlint-disable-next-line eqeqeq
  compare("!=", (a, b) => !isMissing(a) && a != b);
  compare("===", (a, b) => (isMissing(a) && isMissing(b)) || a === b);
  compare("!==", (a, b) => !isMissing(a) && a !== b);
  for (const [operator, fits] of ORDERS) {
    logic.addMethod(operator, (operands: unknown) => isOrdered(operands, fits));
  }
  logic.addMethod("in", (operands: unknown) => {
    const [needle, haystack] = pairOf(operands);
    if (isMissing(needle) || isMissing(haystack)) {
      return null;
    }
    return Array.isArray(haystack)
      ? haystack.includes(needle)
      : typeof haystack === "string" && haystack.includes(String(needle));
  });
  logic.addMethod("!", (operands: unknown) => {
    const operand: unknown = Array.isArray(operands) ? operands[0] : operands;
    return isMissing(operand) ? null : !operand;
  });
  return logic;
}

function isOrdered(operands: unknown, fits: (a: number, b: number) => boolean): boolean | null {
  const numbers = Array.isArray(operands) ? operands.map(asNumber) : [];
  if (numbers.length < 2 || numbers.some((one) => Number.isNaN(one))) {
    return null;
  }
  return numbers.slice(1).every((right, i) => fits(numbers[i] ?? Number.NaN, right));
}

function asNumber(value: unknown): number {
  if (typeof value === "number") {
    return value;
  }
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}

function pairOf(operands: unknown): readonly unknown[] {
  return Array.isArray(operands) ? operands : [operands];
}

function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string");
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}
