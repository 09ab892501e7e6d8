import type {
  ActionConfiguration,
  CustomData,
  Method,
  Outcome,
  Rule,
  RuleSnapshot,
  RuleTrace,
} from "./model.ts";
import { holds, variablesOf } from "./rule-engine.ts";
import type { ValueLists } from "./rule-engine.ts";
import type { Switches } from "./switches.ts";

/** What conditions can read. A feature that the caller did not supply is absent, and absent features do not match. */
export interface RuleFacts {
  readonly ip: Readonly<Record<string, unknown>>;
  readonly device: Readonly<Record<string, unknown>>;
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
  readonly defaultVerificationMethod: Method | undefined;
  readonly promptToEnrollVerificationMethods: readonly Method[] | undefined;
  readonly trace: readonly RuleTrace[];
}

export interface JudgeSettings {
  readonly lists: ValueLists;
  readonly missingVariable: Switches["missingVariable"];
}

/**
 * Judges facts by a configuration: the active rules by priority, then the default outcome (reference 7.1).
 * Never throws: a rule that cannot be evaluated is not triggered.
 */
export function judge(
  configuration: ActionConfiguration,
  facts: RuleFacts,
  { lists, missingVariable }: JudgeSettings,
): Verdict {
  const ordered = rulesInOrder(configuration);
  const triggered = ordered.filter(
    (rule) => rule.isActive && holds(rule.conditions, facts, lists, missingVariable),
  );
  const deciding = triggered[0];
  return {
    outcome: deciding?.type ?? configuration.defaultOutcome,
    rules: triggered.map(({ ruleId, name, description }) => ({ ruleId, name, description })),
    priorityRuleId: deciding?.ruleId,
    verificationMethods: deciding?.verificationMethods ?? configuration.verificationMethods,
    defaultVerificationMethod: deciding?.defaultVerificationMethod ?? configuration.defaultVerificationMethod,
    promptToEnrollVerificationMethods:
      deciding?.promptToEnrollVerificationMethods ?? configuration.promptToEnrollVerificationMethods,
    trace: ordered.map((rule) => traceOf(rule, facts, triggered.includes(rule))),
  };
}

/** The rules of an action, lowest priority number first. */
export function rulesInOrder(configuration: ActionConfiguration): Rule[] {
  return configuration.rules.toSorted((a, b) => a.priority - b.priority);
}

/** The values of the variables that conditions read, out of some facts. */
export function valuesOf(conditions: unknown, facts: object): Record<string, unknown> {
  return Object.fromEntries(variablesOf(conditions).map((name) => [name, valueAt(facts, name) ?? null]));
}

function traceOf(rule: Rule, facts: RuleFacts, isTriggered: boolean): RuleTrace {
  return {
    ruleId: rule.ruleId,
    name: rule.name,
    fared: rule.isActive ? (isTriggered ? "triggered" : "not triggered") : "switched off",
    values: valuesOf(rule.conditions, facts),
  };
}

function valueAt(facts: object, path: string): unknown {
  let value: unknown = facts;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) {
      return undefined;
    }
    // hasOwn has just shown that the name is there.
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
