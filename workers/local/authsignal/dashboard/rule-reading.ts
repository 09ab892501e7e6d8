import type { ActionConfiguration, Rule } from "../model.ts";
import { simpleComparison } from "../rule-editing.ts";

/** The condition of a new rule: JsonLogic where it was written, else a custom value over a number. */
export function newConditions(typed: ReadonlyMap<string, string>): unknown {
  const raw = typed.get("conditions")?.trim() ?? "";
  if (raw !== "") {
    try {
      return JSON.parse(raw);
    } catch {
      return undefined;
    }
  }
  const threshold = Number(typed.get("threshold") || Number.NaN);
  const variable = typed.get("variable") ?? "";
  return Number.isNaN(threshold) || !/^\w{1,64}$/.test(variable)
    ? undefined
    : { ">": [{ var: `custom.${variable}` }, threshold] };
}

/** The raw JsonLogic when it was edited, else the threshold put into the condition. Nothing: it is not JSON. */
export function editedConditions(
  rule: Rule,
  typed: ReadonlyMap<string, string>,
): { value: unknown } | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(typed.get("conditions") ?? JSON.stringify(rule.conditions));
  } catch {
    return undefined;
  }
  const comparison = simpleComparison(rule.conditions);
  const isEdited = JSON.stringify(raw) !== JSON.stringify(rule.conditions);
  const threshold = typed.get("threshold");
  return isEdited || comparison === undefined || threshold === undefined || threshold.trim() === ""
    ? { value: raw }
    : { value: { [comparison.operator]: [{ var: comparison.variable }, Number(threshold)] } };
}

/** An id made of the name that no rule of the action has. */
export function freeRuleId(configuration: ActionConfiguration, name: string): string {
  const base =
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "")
      .slice(0, 40) || "rule";
  const isTaken = (id: string): boolean => configuration.rules.some((rule) => rule.ruleId === id);
  let number = 1;
  while (isTaken(number === 1 ? base : `${base}-${number}`)) {
    number += 1;
  }
  return number === 1 ? base : `${base}-${number}`;
}
