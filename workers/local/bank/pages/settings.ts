import { html } from "hono/html";
import type { Account } from "../accounts.ts";
import { type FieldProblem, field, problemNotice } from "./form.ts";
import { type Html, page } from "./layout.ts";

/** The form for display name and e-mail address. */
export function settingsPage(
  account: Account,
  draft: { readonly name: string; readonly email: string },
  outcome: FieldProblem | "saved" | undefined,
): Html {
  const problem = outcome === "saved" ? undefined : outcome;
  const content = html`<h1>Settings</h1>
    ${outcome === "saved" ? html`<p class="notice good" role="status">Your settings are saved.</p>` : problemNotice(problem)}
    <form class="card" method="post" action="/settings">
      ${field({
        name: "name",
        label: "Display name",
        value: draft.name,
        attributes: html`required maxlength="80" autocomplete="name"`,
        problem,
      })}
      ${field({
        name: "email",
        label: "E-mail address",
        value: draft.email,
        hint: "We write to this address when something happens on your account.",
        attributes: html`required type="email" maxlength="254" autocomplete="email"`,
        problem,
      })}
      <button class="button" type="submit">Save</button>
    </form>`;
  return page({ title: "Settings", content, customer: { name: account.displayName, section: "settings" } });
}
