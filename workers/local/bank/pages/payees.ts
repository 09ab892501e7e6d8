import { html } from "hono/html";
import type { Account } from "../accounts.ts";
import { type FieldProblem, field, problemNotice } from "./form.ts";
import { type Html, page } from "./layout.ts";

/** The list of payees and the form to add one. */
export function payeesPage(
  account: Account,
  draft: { readonly name: string; readonly account: string },
  problem?: FieldProblem,
): Html {
  const content = html`<h1>Payees</h1>
    ${problemNotice(problem)}
    <section class="card" aria-labelledby="your-payees">
      <h2 id="your-payees">Your payees</h2>
      <ul class="lines">
        ${account.payees.map(
          (payee) =>
            html`<li>
              <span><strong>${payee.name}</strong><small>${payee.account}</small></span>
              <a class="button quiet small" href="/transfer?payee=${encodeURIComponent(payee.name)}"
                >Pay<span class="hidden"> ${payee.name}</span></a
              >
            </li>`,
        )}
      </ul>
    </section>
    <form class="card" method="post" action="/payees" aria-labelledby="add-payee">
      <h2 id="add-payee">Add a payee</h2>
      ${field({
        name: "name",
        label: "Name",
        value: draft.name,
        attributes: html`required maxlength="200" autocomplete="off"`,
        problem,
      })}
      ${field({
        name: "account",
        label: "Account number",
        value: draft.account,
        hint: "Letters, digits and spaces, for example GB61 HBRB 4021 0017 3355 80.",
        attributes: html`required maxlength="42" autocomplete="off" autocapitalize="characters"`,
        problem,
      })}
      <button class="button" type="submit">Add payee</button>
    </form>`;
  return page({ title: "Payees", content, customer: { name: account.displayName, section: "payees" } });
}
