import { Hono } from "hono";
import { html } from "hono/html";
import type { Context } from "../context.ts";
import type { RuleTrace, TrackedAction } from "../model.ts";
import type { Markup } from "../page.ts";
import { humanName, humanValue, methodName, stateName, userName } from "../words.ts";
import { dashboardPage, moment, stateChip } from "./layout.ts";

const FARED_TONES: Readonly<Record<RuleTrace["fared"], string>> = {
  triggered: "wait",
  "not triggered": "",
  "switched off": "",
};

/** One tracked action: why it was decided as it was. */
export function actionPages({ store }: Context): Hono {
  const pages = new Hono();

  pages.get("/dashboard/activity/:userId/:actionCode/:idempotencyKey", (c) => {
    const action = store.action(c.req.param());
    if (action === undefined) {
      return c.notFound();
    }
    const name = userName(store.users.get(action.userId), action.userId);
    return dashboardPage({
      section: "Activity",
      title: `${humanName(action.actionCode)} by ${name}`,
      intro: reasonOf(action),
      content: html`<section class="panel" aria-label="What is known">
          <header>
            <div><h2>What is known</h2></div>
            ${stateChip(action.state)}
          </header>
          <div class="part"><dl class="facts">${facts(action)}</dl></div>
        </section>
        <section class="panel" aria-label="Rules">
          <header>
            <div>
              <h2>Rules, in order</h2>
              <p>The first that was triggered decides.</p>
            </div>
          </header>
          ${
            action.trace === undefined || action.trace.length === 0
              ? html`<p class="part muted">
                  The action had no rules: its default, ${action.outcome.toLowerCase()}, held.
                </p>`
              : action.trace.map((one) => traceRow(one, one.ruleId === action.priorityRuleId))
          }
        </section>
        <p><a href="/">Back to activity</a></p>`,
    });
  });

  return pages;
}

/** Where the page of an action is. */
export function actionHref({ userId, actionCode, idempotencyKey }: TrackedAction): string {
  return `/dashboard/activity/${[userId, actionCode, idempotencyKey].map(encodeURIComponent).join("/")}`;
}

function reasonOf({ rules, priorityRuleId, outcome, state }: TrackedAction): string {
  const rule = rules.find((one) => one.ruleId === priorityRuleId);
  const by = rule === undefined ? "No rule was triggered, so the default decided" : `“${rule.name}” decided`;
  const unenrolled =
    outcome === "CHALLENGE" && state === "ALLOW" ? " The user has no authenticator, so it was allowed." : "";
  return `${by}: ${outcome.toLowerCase()}.${unenrolled} Now: ${stateName(state).toLowerCase()}.`;
}

function facts(action: TrackedAction): Markup {
  const { allowedVerificationMethods, verificationMethod, custom } = action;
  const rows: [string, Markup | string | undefined][] = [
    ["Tracked at", moment(action.createdAt)],
    ["State since", moment(action.stateUpdatedAt)],
    ["Idempotency key", html`<code>${action.idempotencyKey}</code>`],
    ["Methods that count", allowedVerificationMethods.map(methodName).join(", ")],
    ["Proven by", verificationMethod === undefined ? undefined : methodName(verificationMethod)],
    ["Address", action.ipAddress],
    ["Country", action.countryCode],
    ["Device", action.deviceId],
    ["Browser", action.userAgent],
    ...Object.entries(custom).map(([name, value]): [string, string] => [humanName(name), humanValue(value)]),
  ];
  return html`${rows
    .filter(([, value]) => value !== undefined && value !== "")
    .map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}`;
}

function traceRow({ name, fared, values }: RuleTrace, isDeciding: boolean): Markup {
  const entries = Object.entries(values);
  return html`<div class="part row">
    <div>
      <h3>${name}</h3>
      ${
        entries.length === 0
          ? ""
          : html`<p class="muted">
              ${entries.map(
                ([variable, value], i) =>
                  html`${i === 0 ? "" : ", "}<code>${variable}</code>
                    ${value === null ? "is missing" : `= ${JSON.stringify(value)}`}`,
              )}
            </p>`
      }
    </div>
    <span class="chip ${isDeciding ? "good" : FARED_TONES[fared]}">${isDeciding ? "decided" : fared}</span>
  </div>`;
}
