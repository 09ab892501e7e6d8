import { html } from "hono/html";
import type { Account, Transfer } from "../accounts.ts";
import { formatPounds } from "../money.ts";
import { type FieldProblem, field, problemNotice } from "./form.ts";
import { type Html, page } from "./layout.ts";

/** What stands in the transfer form, as typed. */
export interface TransferDraft {
  readonly payee: string;
  readonly amount: string;
  readonly reference: string;
}

/** The form to send money, empty or with what was typed and what is wrong with it. */
export function transferPage(account: Account, draft: TransferDraft, problem?: FieldProblem): Html {
  const content = html`<h1>Send money</h1>
    ${problemNotice(problem)}
    <form class="card" method="post" action="/transfer">
      ${field({
        name: "payee",
        label: "To",
        value: draft.payee,
        hint: "Choose one of your payees or type a name.",
        attributes: html`list="known-payees" required maxlength="200" autocomplete="off"`,
        problem,
      })}
      <datalist id="known-payees">
        ${account.payees.map((payee) => html`<option value="${payee.name}">${payee.account}</option>`)}
      </datalist>
      ${field({
        name: "amount",
        label: "Amount",
        value: draft.amount,
        hint: `You have ${formatPounds(account.balancePence)}.`,
        attributes: html`required inputmode="decimal" maxlength="15" autocomplete="off"`,
        prefix: "£",
        problem,
      })}
      ${field({
        name: "reference",
        label: "Reference (optional)",
        value: draft.reference,
        attributes: html`maxlength="140" autocomplete="off"`,
        problem,
      })}
      <button class="button" type="submit">Send money</button>
    </form>`;
  return page({ title: "Send money", content, customer: { name: account.displayName, section: "transfer" } });
}

/** What was sent, to whom, and what is left. */
export function receiptPage(account: Account, transfer: Transfer): Html {
  const when = new Date(transfer.at);
  const content = html`<h1>Transfer sent</h1>
    <section class="card">
      <p class="notice good" role="status">
        <strong>${formatPounds(transfer.pence)}</strong> is on its way to <strong>${transfer.payee}</strong>.
      </p>
      <dl>
        <dt>To</dt>
        <dd>${transfer.payee}</dd>
        <dt>Amount</dt>
        <dd>${formatPounds(transfer.pence)}</dd>
        ${
          transfer.reference === ""
            ? ""
            : html`<dt>Reference</dt>
                <dd>${transfer.reference}</dd>`
        }
        <dt>Sent</dt>
        <dd>
          <time datetime="${when.toISOString()}"
            >${when.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}</time
          >
        </dd>
        <dt>Balance after</dt>
        <dd>${formatPounds(transfer.balanceAfterPence)}</dd>
        <dt>Receipt</dt>
        <dd><code>${transfer.id}</code></dd>
      </dl>
      <p class="actions">
        <a class="button" href="/">Back to home</a>
        <a class="button quiet" href="/transfer">Send more</a>
      </p>
    </section>`;
  return page({
    title: "Transfer sent",
    content,
    customer: { name: account.displayName, section: "transfer" },
  });
}
