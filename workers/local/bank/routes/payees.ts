import { Hono } from "hono";
import { type Submission, textField } from "../body.ts";
import type { FieldProblem } from "../pages/form.ts";
import { payeesPage } from "../pages/payees.ts";
import type { BankEnv } from "../refuse.ts";
import { submissionOf, typed } from "./submission.ts";

const NAME_MAX_LENGTH = 200;
const ACCOUNT_NUMBER = /^[A-Z0-9][A-Z0-9 ]{4,41}$/i;

/** The payees and adding one. */
export function payeeRoutes(): Hono<BankEnv> {
  const routes = new Hono<BankEnv>();

  routes.get("/payees", (c) => c.html(payeesPage(c.var.account, { name: "", account: "" })));

  routes.post("/payees", async (c) => {
    const submission = await submissionOf(c);
    if (submission instanceof Response) {
      return submission;
    }
    const payee = readPayee(submission);
    if ("field" in payee) {
      const draft = { name: typed(submission, "name"), account: typed(submission, "account") };
      return submission.kind === "json"
        ? c.json({ error: payee }, 422)
        : c.html(payeesPage(c.var.account, draft, payee), 422);
    }
    c.var.account.payees.push(payee);
    return submission.kind === "json" ? c.json(payee, 201) : c.redirect("/payees", 303);
  });

  return routes;
}

function readPayee(submission: Submission): { name: string; account: string } | FieldProblem {
  const name = textField(submission, "name", NAME_MAX_LENGTH);
  if (name === undefined) {
    return { field: "name", message: "Enter a name of at most 200 characters." };
  }
  const account = typed(submission, "account").trim();
  if (!ACCOUNT_NUMBER.test(account)) {
    return { field: "account", message: "An account number has 5 to 42 letters, digits and spaces." };
  }
  return { name, account };
}
