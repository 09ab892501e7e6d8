import type { Context } from "hono";
import { parseSubmission, type Submission } from "../body.ts";
import { type BankEnv, refuse } from "../refuse.ts";

/** The submission in the request, or the response that refuses it. */
export async function submissionOf(c: Context<BankEnv>): Promise<Submission | Response> {
  const submission = parseSubmission(c.req.header("Content-Type"), c.var.body);
  switch (submission) {
    case 415:
      return refuse(c, 415, "Not understood", "Send a form or JSON.");
    case 400:
      return refuse(c, 400, "Not understood", "This is not a JSON object.");
    default:
      return submission;
  }
}

/** What was typed in a field, to show it again; anything but text or a number is dropped. */
export function typed(submission: Submission, name: string): string {
  const value = submission.field(name);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
