import { Hono } from "hono";
import { html } from "hono/html";
import type { Context } from "../context.ts";
import type { TrackedAction } from "../model.ts";
import type { Markup } from "../page.ts";
import { humanName, humanValue, methodName, userName } from "../words.ts";
import { actionHref } from "./action.ts";
import { dashboardPage, emptyState, moment, stateChip } from "./layout.ts";

const MAX_ROWS = 100;

/** The live log of tracked actions. */
export function activityPages({ store }: Context): Hono {
  const pages = new Hono();
  pages.get("/", () => {
    const actions = store.actions().toReversed().slice(0, MAX_ROWS);
    return dashboardPage({
      section: "Activity",
      intro: "Every action that the gateway asked about, newest first.",
      isLive: true,
      content: html`<div data-live>
        ${
          actions.length === 0
            ? emptyState(
                "Nothing yet",
                "Do something sensitive in the app, a transfer for example, and it appears here.",
              )
            : html`<div class="panel">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Time</th>
                      <th scope="col">User</th>
                      <th scope="col">Action</th>
                      <th scope="col">Details</th>
                      <th scope="col">Decided by</th>
                      <th scope="col">State</th>
                    </tr>
                  </thead>
                  <tbody>
                    ${actions.map(row)}
                  </tbody>
                </table>
              </div>`
        }
      </div>`,
    });
  });
  return pages;

  function row(action: TrackedAction): Markup {
    const rule = action.rules.find((one) => one.ruleId === action.priorityRuleId);
    return html`<tr>
      <td class="time" data-label="Time">${moment(action.createdAt)}</td>
      <td data-label="User">${userName(store.users.get(action.userId), action.userId)}</td>
      <td data-label="Action">${humanName(action.actionCode)}</td>
      <td data-label="Details"><div>${details(action)}</div></td>
      <td data-label="Decided by">
        <a href="${actionHref(action)}"
          >${rule?.name ?? "Default"}<span class="visually-hidden">: why</span></a
        >
      </td>
      <td data-label="State">
        <div>
          ${stateChip(action.state)}
          ${
            action.verificationMethod === undefined
              ? action.outcome === "CHALLENGE" && action.state === "ALLOW"
                ? html`<small>not enrolled</small>`
                : ""
              : html`<small>${methodName(action.verificationMethod)}</small>`
          }
        </div>
      </td>
    </tr>`;
  }
}

function details({ custom }: TrackedAction): Markup | string {
  const entries = Object.entries(custom);
  return entries.length === 0
    ? "–"
    : html`${entries.map(([name, value]) => html`<div>${humanName(name)}: ${humanValue(value)}</div>`)}`;
}
