import { LogicEngine } from "json-logic-engine";
import type { ActionConfiguration, CustomData, Method, Outcome, Rule, RuleSnapshot } from "./model.ts";

/** What conditions can read. A feature that the caller did not supply is absent, and absent features do not match. */
export interface RuleFacts {
  readonly ip: { readonly address?: string };
  readonly device: { readonly id?: string; readonly isNew?: boolean };
  readonly user: Readonly<Record<string, unknown>>;
  readonly custom: CustomData;
  readonly action: { readonly code: string; readonly idempotencyKey: string };
}

export interface Verdict {
  readonly outcome: Outcome;
  /** All triggered rules, the deciding one first. */
  readonly rules: readonly RuleSnapshot[];
  readonly priorityRuleId: string | undefined;
  readonly verificationMethods: readonly Method[];
}

/** The operators a condition may use; others are refused when the rule is saved. */
const OPERATORS = ["var", "==", "===", "!=", "!==", "<", "<=", ">", ">=", "in", "and", "or", "!", "!!"];
const MAX_CONDITION_DEPTH = 16;

const engine = interpretedEngine();

/**
 * Judges facts by a configuration: the active rules by priority, then the default outcome.
 * Never throws: a rule that cannot be evaluated is not triggered (choice 10).
 */
export function judge(configuration: ActionConfiguration, facts: RuleFacts): Verdict {
  const triggered = rulesInOrder(configuration).filter((rule) => rule.isActive && isTriggered(rule, facts));
  const deciding = triggered[0];
  return {
    outcome: deciding?.type ?? configuration.defaultOutcome,
    rules: triggered.map(({ ruleId, name, description }) => ({ ruleId, name, description })),
    priorityRuleId: deciding?.ruleId,
    verificationMethods: deciding?.verificationMethods ?? configuration.verificationMethods,
  };
}

/** The rules of an action, lowest priority number first. */
export function rulesInOrder(configuration: ActionConfiguration): Rule[] {
  return configuration.rules.toSorted((a, b) => a.priority - b.priority);
}

/** Says what is wrong with a JsonLogic condition, or nothing. */
export function problemWithConditions(conditions: unknown, depth = 0): string | undefined {
  if (depth > MAX_CONDITION_DEPTH) {
    return `conditions are nested deeper than ${MAX_CONDITION_DEPTH} levels`;
  }
  if (Array.isArray(conditions) && depth > 0) {
    return firstProblem(conditions, depth);
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
  return firstProblem(Array.isArray(operands) ? operands : [operands], depth);
}

function firstProblem(operands: readonly unknown[], depth: number): string | undefined {
  for (const operand of operands) {
    const problem = problemWithConditions(operand, depth + 1);
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}

function isTriggered(rule: Rule, facts: RuleFacts): boolean {
  try {
    return Boolean(engine.run(rule.conditions, facts));
  } catch {
    return false;
  }
}

/** No code is generated from a rule, and ordering never coerces what is not a number. */
function interpretedEngine(): LogicEngine {
  const logic = new LogicEngine(undefined, { disableInline: true, disableInterpretedOptimization: true });
  logic.addMethod("<", (operands: unknown) => isOrdered(operands, (a, b) => a < b));
  logic.addMethod("<=", (operands: unknown) => isOrdered(operands, (a, b) => a <= b));
  logic.addMethod(">", (operands: unknown) => isOrdered(operands, (a, b) => a > b));
  logic.addMethod(">=", (operands: unknown) => isOrdered(operands, (a, b) => a >= b));
  return logic;
}

function isOrdered(operands: unknown, holds: (a: number, b: number) => boolean): boolean {
  const numbers = Array.isArray(operands) ? operands.map(asNumber) : [];
  return numbers.length > 1 && numbers.slice(1).every((right, i) => holds(numbers[i] ?? Number.NaN, right));
}

function asNumber(value: unknown): number {
  if (typeof value === "number") {
    return value;
  }
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}
