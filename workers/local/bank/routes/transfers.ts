import { type Context, Hono } from "hono";
import { type Account, makeTransfer, type Transfer } from "../accounts.ts";
import { type Submission, textField } from "../body.ts";
import { formatPounds, parsePence, toPounds } from "../money.ts";
import type { FieldProblem } from "../pages/form.ts";
import { receiptPage, transferPage } from "../pages/transfer.ts";
import { type BankEnv, refuse } from "../refuse.ts";
import { submissionOf, typed } from "./submission.ts";

const PAYEE_MAX_LENGTH = 200;
const REFERENCE_MAX_LENGTH = 140;

interface Order {
  readonly payee: string;
  readonly pence: number;
  readonly reference: string;
}

/** The transfer form, the transfer itself, its receipt, and the list for programs. */
export function transferRoutes(now: () => number): Hono<BankEnv> {
  const routes = new Hono<BankEnv>();

  routes.get("/transfer", (c) =>
    c.html(transferPage(c.var.account, { payee: c.req.query("payee") ?? "", amount: "", reference: "" })),
  );

  routes.post("/transfer", async (c) => {
    const submission = await submissionOf(c);
    if (submission instanceof Response) {
      return submission;
    }
    const { account } = c.var;
    const key = c.req.header("Idempotency-Key");
    const earlier = key === undefined ? undefined : account.transferByKey.get(key);
    const order = earlier ?? readOrder(account, submission);
    if ("field" in order) {
      return notAccepted(c, submission, order);
    }
    const transfer = earlier ?? makeTransfer(account, order, now());
    if (key !== undefined) {
      account.transferByKey.set(key, transfer);
    }
    return submission.kind === "json"
      ? c.json(asJson(transfer), 201, { Location: `/transfer/${transfer.id}` })
      : c.redirect(`/transfer/${transfer.id}`, 303);
  });

  routes.get("/transfer/:id", (c) => {
    const transfer = c.var.account.transfers.get(c.req.param("id"));
    return transfer === undefined
      ? refuse(c, 404, "No such transfer", "We have no transfer with this number.")
      : c.html(receiptPage(c.var.account, transfer));
  });

  routes.get("/api/transfers", (c) =>
    c.json([...c.var.account.transfers.values()].toReversed().map((transfer) => asJson(transfer))),
  );

  return routes;
}

function notAccepted(
  c: Context<BankEnv>,
  submission: Submission,
  problem: FieldProblem,
): Response | Promise<Response> {
  if (submission.kind === "json") {
    return c.json({ error: problem }, 422);
  }
  const draft = {
    payee: typed(submission, "payee"),
    amount: typed(submission, "amount"),
    reference: typed(submission, "reference"),
  };
  return c.html(transferPage(c.var.account, draft, problem), 422);
}

function readOrder(account: Account, submission: Submission): Order | FieldProblem {
  const payee = textField(submission, "payee", PAYEE_MAX_LENGTH);
  if (payee === undefined) {
    return { field: "payee", message: "Say who the money is for, in at most 200 characters." };
  }
  const pence = parsePence(submission.field("amount"));
  if (pence === undefined) {
    return {
      field: "amount",
      message: "Enter an amount above zero with at most two decimals, for example 50 or 12.50.",
    };
  }
  if (pence > account.balancePence) {
    return {
      field: "amount",
      message: `That is more than your balance of ${formatPounds(account.balancePence)}.`,
    };
  }
  const reference = typed(submission, "reference").trim();
  if (reference.length > REFERENCE_MAX_LENGTH) {
    return { field: "reference", message: "A reference has at most 140 characters." };
  }
  return { payee, pence, reference };
}

function asJson(transfer: Transfer): Record<string, unknown> {
  return {
    id: transfer.id,
    amount: toPounds(transfer.pence),
    payee: transfer.payee,
    reference: transfer.reference,
    balance: toPounds(transfer.balanceAfterPence),
    at: new Date(transfer.at).toISOString(),
  };
}
