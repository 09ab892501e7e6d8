import { randomUUID } from "node:crypto";

const OPENING_BALANCE_PENCE = 1_248_050;
const DAY_MS = 86_400_000;

/** Money that left the account because its owner sent it. */
export interface Transfer {
  readonly id: string;
  readonly at: number;
  readonly payee: string;
  readonly pence: number;
  readonly reference: string;
  readonly balanceAfterPence: number;
}

/** A line of the statement; money out is negative. */
export interface Transaction {
  readonly at: number;
  readonly title: string;
  readonly detail: string;
  readonly pence: number;
  readonly transferId?: string;
}

/** Someone the owner pays often. */
export interface Payee {
  readonly name: string;
  readonly account: string;
}

/** One customer's account. Lives as long as the process. */
export interface Account {
  displayName: string;
  email: string;
  balancePence: number;
  /** Newest first. */
  readonly transactions: Transaction[];
  readonly transfers: Map<string, Transfer>;
  readonly payees: Payee[];
  /** The transfer that a request with this `Idempotency-Key` made. */
  readonly transferByKey: Map<string, Transfer>;
}

/** What a new customer starts with: the same for everyone, so that demos and tests can rely on it. */
export function openAccount(displayName: string, email: string, now: number): Account {
  return {
    displayName,
    email,
    balancePence: OPENING_BALANCE_PENCE,
    transactions: [
      { at: now - 1 * DAY_MS, title: "Quayside Grocers", detail: "Card payment", pence: -4_218 },
      { at: now - 2 * DAY_MS, title: "Northlight Energy", detail: "Direct debit", pence: -11_640 },
      { at: now - 4 * DAY_MS, title: "Lantern Books", detail: "Card payment", pence: -2_395 },
      { at: now - 6 * DAY_MS, title: "Tidewater Studio Ltd", detail: "Salary", pence: 318_500 },
      { at: now - 9 * DAY_MS, title: "Pier Street Lettings", detail: "Standing order", pence: -95_000 },
    ],
    transfers: new Map(),
    payees: [
      { name: "Marina Holt", account: "GB61 HBRB 4021 0017 3355 80" },
      { name: "Pier Street Lettings", account: "GB19 HBRB 4021 0066 1204 12" },
    ],
    transferByKey: new Map(),
  };
}

/** Takes the money out and writes it down. The caller has checked the amount against the balance. */
export function makeTransfer(
  account: Account,
  order: { readonly payee: string; readonly pence: number; readonly reference: string },
  now: number,
): Transfer {
  account.balancePence -= order.pence;
  const transfer: Transfer = { id: randomUUID(), at: now, ...order, balanceAfterPence: account.balancePence };
  account.transfers.set(transfer.id, transfer);
  account.transactions.unshift({
    at: now,
    title: order.payee,
    detail: order.reference === "" ? "Transfer" : `Transfer, ${order.reference}`,
    pence: -order.pence,
    transferId: transfer.id,
  });
  return transfer;
}
