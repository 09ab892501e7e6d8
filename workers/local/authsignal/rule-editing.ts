import * as z from "zod";
import { OUTCOMES, TENANT_METHODS } from "./model.ts";
import type { ActionConfiguration, Rule } from "./model.ts";
import { problemWithConditions } from "./rule-engine.ts";

const MAX_PRIORITY = 99;
const MAX_NAME_CHARACTERS = 256;

/** A rule as `PUT` takes it: what is absent stays. */
export const rulePatchSchema = z.strictObject({
  name: z.string().min(1).max(MAX_NAME_CHARACTERS).optional(),
  description: z.string().optional(),
  priority: z.int().min(0).max(MAX_PRIORITY).optional(),
  isActive: z.boolean().optional(),
  type: z.enum(OUTCOMES).optional(),
  conditions: z.json().optional(),
  verificationMethods: z.array(z.enum(TENANT_METHODS)).min(1).optional(),
  defaultVerificationMethod: z.enum(TENANT_METHODS).nullable().optional(),
  promptToEnrollVerificationMethods: z
    .array(z.enum(["PASSKEY"]))
    .nullable()
    .optional(),
});
export type RulePatch = z.infer<typeof rulePatchSchema>;

export type Saved =
  | { readonly ok: true; readonly rule: Rule }
  | { readonly ok: false; readonly problem: string };

/**
 * Changes a rule, or makes a new one; the next `track` meets it. Refuses conditions that are not JsonLogic and a
 * priority that another rule of the action has (reference 7.1).
 */
export function saveRule(
  configuration: ActionConfiguration,
  ruleId: string,
  patch: RulePatch,
  lists: ReadonlySet<string> = new Set(),
): Saved {
  const others = configuration.rules.filter((rule) => rule.ruleId !== ruleId);
  const known = configuration.rules.find((rule) => rule.ruleId === ruleId);
  if (known === undefined && patch.conditions === undefined) {
    return { ok: false, problem: "conditions: A new rule needs conditions." };
  }
  const rule: Rule = {
    ...(known ?? newRule(ruleId, others)),
    ...given(patch),
  };
  const problem = problemWithConditions(rule.conditions, lists);
  if (problem !== undefined) {
    return { ok: false, problem: `conditions: ${problem}.` };
  }
  if (others.some((other) => other.priority === rule.priority)) {
    return { ok: false, problem: `priority: Another rule of this action has priority ${rule.priority}.` };
  }
  configuration.rules = [...others, rule];
  return { ok: true, rule };
}

/** What a patch changes: an absent field stays, null clears one. */
export function given(patch: object): object {
  return Object.fromEntries(
    Object.entries(patch)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, value === null ? undefined : value]),
  );
}

/** Puts the rules of an action into this order. False: these are not exactly its rules. */
export function orderRules(configuration: ActionConfiguration, ruleIds: readonly string[]): boolean {
  const ordered = ruleIds.map((ruleId) => configuration.rules.find((rule) => rule.ruleId === ruleId));
  const rules = ordered.filter((rule) => rule !== undefined);
  if (new Set(ruleIds).size !== configuration.rules.length || rules.length !== configuration.rules.length) {
    return false;
  }
  configuration.rules = rules.map((rule, priority) => ({ ...rule, priority }));
  return true;
}

function newRule(ruleId: string, others: readonly Rule[]): Rule {
  const priority = Math.max(-1, ...others.map((other) => other.priority)) + 1;
  return { ruleId, name: ruleId, priority, isActive: true, type: "CHALLENGE", conditions: {} };
}

export interface SimpleComparison {
  readonly variable: string;
  readonly operator: string;
  readonly threshold: number;
}

const COMPARISON_OPERATORS = [">", ">=", "<", "<="];

/** The comparison of one variable with one number, when a condition is no more than that. */
export function simpleComparison(conditions: unknown): SimpleComparison | undefined {
  const [operator, operands] = soleEntry(conditions) ?? [];
  if (operator === undefined || !COMPARISON_OPERATORS.includes(operator) || !Array.isArray(operands)) {
    return undefined;
  }
  const [left, threshold] = operands as readonly unknown[]; // Array.isArray gives any[]
  const [reference, variable] = soleEntry(left) ?? [];
  return operands.length === 2 &&
    reference === "var" &&
    typeof variable === "string" &&
    typeof threshold === "number"
    ? { variable, operator, threshold }
    : undefined;
}

function soleEntry(value: unknown): [string, unknown] | undefined {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return entries.length === 1 ? entries[0] : undefined;
}
