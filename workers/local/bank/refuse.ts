import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Account } from "./accounts.ts";
import { messagePage } from "./pages/layout.ts";

/** What a handler of the bank finds in its context. */
export interface BankEnv {
  Bindings: HttpBindings;
  Variables: { account: Account; body: Uint8Array };
}

/** Answers with a status and a sentence: a page for people, JSON for `/api/` and for who sent JSON. */
export async function refuse(
  c: Context<BankEnv>,
  status: 400 | 401 | 403 | 404 | 413 | 415,
  title: string,
  text: string,
): Promise<Response> {
  const sentJson = (c.req.header("Content-Type") ?? "").startsWith("application/json");
  if (sentJson || c.req.path.startsWith("/api/")) {
    return c.json({ error: { message: text } }, status);
  }
  // Refusals before the caller is known have no account, whatever the type says.
  const account = c.get("account") as Account | undefined;
  return c.html(messagePage(title, text, account?.displayName), status);
}
