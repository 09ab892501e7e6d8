import { html } from "hono/html";
import type { Account, Transaction } from "../accounts.ts";
import { formatPounds } from "../money.ts";
import { type Html, page } from "./layout.ts";

const SHOWN_TRANSACTIONS = 8;

/** Greeting, balance, shortcuts and the latest transactions. */
export function homePage(account: Account): Html {
  const content = html`<h1>Hello, ${account.displayName}</h1>
    <section class="card balance" aria-labelledby="balance">
      <h2 id="balance">Current account</h2>
      <p class="amount">${formatPounds(account.balancePence)}</p>
      <p class="hint">Available now</p>
      <p class="actions">
        <a class="button" href="/transfer">Send money</a>
        <a class="button quiet" href="/payees">Payees</a>
      </p>
    </section>
    <section class="card" aria-labelledby="transactions">
      <h2 id="transactions">Latest transactions</h2>
      <ul class="lines">
        ${account.transactions.slice(0, SHOWN_TRANSACTIONS).map(transactionLine)}
      </ul>
    </section>`;
  return page({ title: "Home", content, customer: { name: account.displayName, section: "home" } });
}

function transactionLine(transaction: Transaction): Html {
  const title =
    transaction.transferId === undefined
      ? html`<strong>${transaction.title}</strong>`
      : html`<a href="/transfer/${transaction.transferId}">${transaction.title}</a>`;
  return html`<li>
    <span>
      ${title}
      <small
        >${transaction.detail} ·
        <time datetime="${isoTime(transaction.at)}">${day(transaction.at)}</time></small
      >
    </span>
    <span class="${transaction.pence > 0 ? "sum in" : "sum"}">${signed(transaction.pence)}</span>
  </li>`;
}

function signed(pence: number): string {
  return `${pence > 0 ? "+" : "−"}${formatPounds(Math.abs(pence))}`;
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}

function day(at: number): string {
  return new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
}
