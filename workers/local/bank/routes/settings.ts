import { Hono } from "hono";
import { type Submission, textField } from "../body.ts";
import type { FieldProblem } from "../pages/form.ts";
import { settingsPage } from "../pages/settings.ts";
import type { BankEnv } from "../refuse.ts";
import { submissionOf, typed } from "./submission.ts";

const NAME_MAX_LENGTH = 80;
const EMAIL_MAX_LENGTH = 254;
const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** Display name and e-mail address. */
export function settingsRoutes(): Hono<BankEnv> {
  const routes = new Hono<BankEnv>();

  routes.get("/settings", (c) => {
    const { account } = c.var;
    const draft = { name: account.displayName, email: account.email };
    return c.html(settingsPage(account, draft, c.req.query("saved") === undefined ? undefined : "saved"));
  });

  routes.post("/settings", async (c) => {
    const submission = await submissionOf(c);
    if (submission instanceof Response) {
      return submission;
    }
    const { account } = c.var;
    const settings = readSettings(submission);
    if ("field" in settings) {
      const draft = { name: typed(submission, "name"), email: typed(submission, "email") };
      return submission.kind === "json"
        ? c.json({ error: settings }, 422)
        : c.html(settingsPage(account, draft, settings), 422);
    }
    account.displayName = settings.name;
    account.email = settings.email;
    return submission.kind === "json" ? c.json(settings) : c.redirect("/settings?saved", 303);
  });

  return routes;
}

function readSettings(submission: Submission): { name: string; email: string } | FieldProblem {
  const name = textField(submission, "name", NAME_MAX_LENGTH);
  if (name === undefined) {
    return { field: "name", message: "Enter a name of at most 80 characters." };
  }
  const email = textField(submission, "email", EMAIL_MAX_LENGTH);
  if (email === undefined || !EMAIL.test(email)) {
    return { field: "email", message: "Enter an e-mail address such as name@example.com." };
  }
  return { name, email };
}
