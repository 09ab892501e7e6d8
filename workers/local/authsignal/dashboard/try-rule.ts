import { html } from "hono/html";
import * as z from "zod";
import type { Context } from "../context.ts";
import { factsOf } from "../facts.ts";
import type { ActionConfiguration, Rule } from "../model.ts";
import type { Markup } from "../page.ts";
import { holds, problemWithConditions } from "../rule-engine.ts";
import { rulesInOrder, valuesOf } from "../rules.ts";

const sampleSchema = z.record(z.string(), z.json());
const SAMPLE_DEVICE = "sample-device";

/** What a rule would do with some facts, or why that cannot be said. */
export type Trial =
  | {
      readonly kind: "tried";
      readonly isTriggered: boolean;
      readonly values: Readonly<Record<string, unknown>>;
      /** Which rule would decide, were it saved so; undefined: the default. */
      readonly decidedBy: string | undefined;
    }
  | { readonly kind: "problem"; readonly problem: string };

/** Tries a rule on sample data without saving it. */
export function tryRule(
  { tenant, switches }: Context,
  configuration: ActionConfiguration,
  rule: Rule,
  sampleText: string,
): Trial {
  let json: unknown;
  try {
    json = JSON.parse(sampleText);
  } catch {
    return { kind: "problem", problem: "The sample data is not valid JSON." };
  }
  const sample = sampleSchema.safeParse(json);
  const problem = problemWithConditions(rule.conditions, new Set(tenant.valueLists.keys()));
  if (!sample.success || problem !== undefined) {
    return { kind: "problem", problem: `${problem ?? "The sample data must be a JSON object"}.` };
  }
  const isTriggeredBy = ({ conditions }: Rule): boolean =>
    holds(conditions, sample.data, tenant.lists(), switches.missingVariable);
  const others = configuration.rules.filter(({ ruleId }) => ruleId !== rule.ruleId);
  const deciding = rulesInOrder({ ...configuration, rules: [...others, rule] }).find(
    (one) => one.isActive && isTriggeredBy(one),
  );
  return {
    kind: "tried",
    isTriggered: isTriggeredBy(rule),
    values: valuesOf(rule.conditions, sample.data),
    decidedBy: deciding?.name,
  };
}

/** Data to try a rule on: that of the newest action of this kind, else of nobody in particular. */
export function sampleFor(context: Context, actionCode: string): string {
  const newest = context.store.actions().findLast((action) => action.actionCode === actionCode);
  const key = newest ?? { userId: "someone", actionCode, idempotencyKey: "sample" };
  const user = context.store.users.get(key.userId) ?? {
    userId: key.userId,
    emailVerified: false,
    phoneNumberVerified: false,
  };
  const { action: _action, ...facts } = factsOf(
    context,
    key,
    user,
    newest ?? { ipAddress: "203.0.113.7", deviceId: SAMPLE_DEVICE, custom: { amount: 1500 } },
  );
  return JSON.stringify(facts, null, 2);
}

/** The outcome of a trial in words. */
export function trialNote(trial: Trial): Markup {
  if (trial.kind === "problem") {
    return html`<p class="problem" role="alert">${trial.problem}</p>`;
  }
  const values = Object.entries(trial.values);
  return html`<div class="notice" role="status">
    <strong>${trial.isTriggered ? "It would be triggered." : "It would not be triggered."}</strong>
    ${trial.decidedBy === undefined ? "The default would decide." : `“${trial.decidedBy}” would decide.`}
    Nothing was saved.
    ${values.map(
      ([name, value]) =>
        html`<div><code>${name}</code> ${value === null ? "is missing" : `= ${JSON.stringify(value)}`}</div>`,
    )}
  </div>`;
}
