import { html } from "hono/html";
import { OUTCOMES, TENANT_METHODS } from "../model.ts";
import type { ActionConfiguration, Outcome, Rule } from "../model.ts";
import type { Markup } from "../page.ts";
import { simpleComparison } from "../rule-editing.ts";
import { humanName, methodName } from "../words.ts";
import { trialNote } from "./try-rule.ts";
import type { Trial } from "./try-rule.ts";

const OUTCOME_NAMES: Readonly<Record<Outcome, string>> = {
  ALLOW: "Allow",
  CHALLENGE: "Challenge",
  REVIEW: "Review",
  BLOCK: "Block",
};
const OPERATOR_NAMES: Readonly<Record<string, string>> = {
  ">": "is more than",
  ">=": "is at least",
  "<": "is less than",
  "<=": "is at most",
};

/** What was typed and could not be saved. */
export interface Refused {
  readonly ruleId: string;
  readonly problem: string;
  readonly typed: ReadonlyMap<string, string>;
}

/** What was tried, and how it went. */
export interface Tried {
  readonly ruleId: string;
  readonly trial: Trial;
  readonly typed: ReadonlyMap<string, string>;
}

export interface RuleFormOptions {
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Data to try the rule on. */
  readonly sample: string;
  readonly refused: Refused | undefined;
  readonly tried: Tried | undefined;
}

/** The editor of one rule: its place, its switch, its outcome, its threshold, and everything else under "Advanced". */
export function ruleForm(
  { actionCode }: ActionConfiguration,
  rule: Rule,
  { isFirst, isLast, sample, refused, tried }: RuleFormOptions,
): Markup {
  const id = `${actionCode}-${rule.ruleId}`;
  const base = `/dashboard/rules/${actionCode}/${rule.ruleId}`;
  const mine = refused?.ruleId === rule.ruleId ? refused : undefined;
  const trial = tried?.ruleId === rule.ruleId ? tried : undefined;
  const typed = (mine ?? trial)?.typed;
  const comparison = simpleComparison(rule.conditions);
  const conditions = typed?.get("conditions") ?? JSON.stringify(rule.conditions, null, 2);
  return html`<form class="part rule" method="post" action="${base}" aria-labelledby="${id}-name">
    <div class="title">
      <div>
        <h3 id="${id}-name"><span class="order">${rule.priority + 1}.</span>${rule.name}</h3>
        ${rule.description === undefined ? "" : html`<p class="muted">${rule.description}</p>`}
      </div>
      <label class="switch"
        ><input
          type="checkbox"
          role="switch"
          name="isActive"
          value="on"
          ${rule.isActive ? html`checked` : ""}
        />Active</label
      >
    </div>
    ${mine === undefined ? "" : html`<p class="problem" role="alert" id="${id}-problem">${mine.problem}</p>`}
    <div class="fields">
      ${
        comparison === undefined
          ? html`<div class="field">
              <span class="label">When</span><code>${conditionText(rule.conditions)}</code>
            </div>`
          : html`<div class="field">
              <label for="${id}-threshold"
                >${variableName(comparison.variable)}
                ${OPERATOR_NAMES[comparison.operator] ?? comparison.operator}</label
              >
              <input
                id="${id}-threshold"
                name="threshold"
                type="number"
                step="any"
                required
                value="${typed?.get("threshold") ?? String(comparison.threshold)}"
              />
            </div>`
      }
      <div class="field">
        <label for="${id}-type">Then</label>${outcomeSelect(`${id}-type`, "type", rule.type)}
      </div>
      ${
        rule.type === "CHALLENGE"
          ? html`<fieldset>
              <legend>With</legend>
              ${TENANT_METHODS.map(
                (method) =>
                  html`<label
                    ><input
                      type="checkbox"
                      name="method-${method}"
                      value="on"
                      ${(rule.verificationMethods ?? TENANT_METHODS).includes(method) ? html`checked` : ""}
                    />${methodName(method)}</label
                  >`,
              )}
            </fieldset>`
          : ""
      }
    </div>
    <details ${mine === undefined ? "" : html`open`}>
      <summary>Advanced</summary>
      <div class="field">
        <label for="${id}-conditions">Conditions (JsonLogic)</label>
        <textarea
          class="json"
          id="${id}-conditions"
          name="conditions"
          rows="6"
          spellcheck="false"
          ${mine === undefined ? "" : html`aria-describedby="${id}-problem"`}
        >
${conditions}</textarea>
      </div>
    </details>
    <details ${trial === undefined ? "" : html`open`}>
      <summary>Try it on sample data</summary>
      <div class="rule">
        <div class="field">
          <label for="${id}-sample">What the rule would see</label>
          <textarea class="json" id="${id}-sample" name="sample" rows="10" spellcheck="false">
${typed?.get("sample") ?? sample}</textarea>
        </div>
        ${trial === undefined ? "" : trialNote(trial.trial)}
        <div>
          <button class="small" formaction="${base}/try" formnovalidate>
            Try it<span class="visually-hidden"> ${rule.name}</span>
          </button>
        </div>
      </div>
    </details>
    <div class="actions">
      <button class="primary">Save<span class="visually-hidden"> ${rule.name}</span></button>
      <div class="row">
        ${isFirst ? "" : moveButton("up", base, rule)} ${isLast ? "" : moveButton("down", base, rule)}
        <a class="button small" href="${base}/delete"
          >Delete<span class="visually-hidden"> ${rule.name}</span></a
        >
      </div>
    </div>
  </form>`;
}

function moveButton(direction: "up" | "down", base: string, { name }: Rule): Markup {
  return html`<button class="small" formaction="${base}/move/${direction}" formnovalidate>
    Move ${direction}<span class="visually-hidden"> ${name}</span>
  </button>`;
}

/** What happens when no rule is triggered. */
export function defaultOutcomeForm({ actionCode, defaultOutcome }: ActionConfiguration): Markup {
  const id = `${actionCode}-default`;
  return html`<form class="part" method="post" action="/dashboard/rules/${actionCode}/default-outcome">
    <div class="fields">
      <div class="field">
        <label for="${id}">Otherwise</label>${outcomeSelect(id, "defaultOutcome", defaultOutcome)}
      </div>
      <div>
        <button>Save<span class="visually-hidden"> default of ${humanName(actionCode)}</span></button>
      </div>
    </div>
  </form>`;
}

/** A new rule that compares one number of the action. */
export function newRuleForm({ actionCode }: ActionConfiguration, refused: Refused | undefined): Markup {
  const id = `${actionCode}-new`;
  const mine = refused?.ruleId === "" ? refused : undefined;
  const typed = (name: string): string => mine?.typed.get(name) ?? "";
  return html`<details class="part" ${mine === undefined ? "" : html`open`}>
    <summary>Add a rule</summary>
    <form class="rule" method="post" action="/dashboard/rules/${actionCode}/new-rule">
      ${mine === undefined ? "" : html`<p class="problem" role="alert">${mine.problem}</p>`}
      <div class="fields">
        <div class="field">
          <label for="${id}-name">Name</label
          ><input id="${id}-name" name="name" required maxlength="60" value="${typed("name")}" />
        </div>
        <div class="field">
          <label for="${id}-variable">When custom value</label
          ><input
            id="${id}-variable"
            name="variable"
            pattern="[A-Za-z0-9_]{1,64}"
            value="${mine === undefined ? "amount" : typed("variable")}"
          />
        </div>
        <div class="field">
          <label for="${id}-threshold">is more than</label
          ><input
            id="${id}-threshold"
            name="threshold"
            type="number"
            step="any"
            value="${typed("threshold")}"
          />
        </div>
        <div class="field">
          <label for="${id}-type">Then</label>${outcomeSelect(`${id}-type`, "type", "CHALLENGE")}
        </div>
      </div>
      <details ${typed("conditions") === "" ? "" : html`open`}>
        <summary>Or write its conditions</summary>
        <div class="field">
          <label for="${id}-conditions">Conditions (JsonLogic), instead of the comparison</label>
          <textarea class="json" id="${id}-conditions" name="conditions" rows="5" spellcheck="false">
${typed("conditions")}</textarea>
        </div>
      </details>
      <div class="actions"><button>Add rule</button></div>
    </form>
  </details>`;
}

function outcomeSelect(id: string, name: string, selected: Outcome): Markup {
  return html`<select id="${id}" name="${name}">
    ${OUTCOMES.map(
      (outcome) =>
        html`<option value="${outcome}" ${outcome === selected ? html`selected` : ""}>
          ${OUTCOME_NAMES[outcome]}
        </option>`,
    )}
  </select>`;
}

/** `custom.amount` becomes "Amount"; other features keep the name that conditions use. */
function variableName(variable: string): string {
  return variable.startsWith("custom.") ? humanName(variable.slice("custom.".length)) : variable;
}

/** One line for a condition that has no form of its own. */
function conditionText(conditions: unknown): string {
  const text = JSON.stringify(conditions).replaceAll(/\{"var":"([^"]+)"\}/g, "$1");
  const [, operator, left, right] = /^\{"([^"]+)":\[([\w.]+),(.+)\]\}$/.exec(text) ?? [];
  return operator === undefined ? text : `${left} ${operator} ${right}`;
}
