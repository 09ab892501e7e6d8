import * as z from "zod/mini";
import { ADMIN_HELP } from "./admin-client.ts";
import type { Command } from "./command.ts";
import { readOptions } from "./options.ts";
import { gatewayOf, understood, usersPath } from "./sessions.ts";

const Forgotten = z.object({
  user: z.string(),
  erased: z.record(z.string(), z.number()),
  signInsEndedBefore: z.string(),
});

/** What the ledger's tables hold, in words. */
const WORDS: Readonly<Record<string, string>> = {
  session: "sessions",
  revocation: "revocations",
  effect: "marks of events",
  challenge: "challenges",
  kept: "parts of kept requests",
  grant_given: "grants",
  challenge_started: "counts of challenges",
};

/** `sallyport forget`. */
export const forget: Command = {
  summary: "erases everything that the ledger holds about a user",
  help: `Erases everything that the ledger holds about a user, and says what it erased. All sessions of the user end.

Usage: sallyport forget USER --gateway URL [--json]

  USER            the sub of the user's tokens, which is Authsignal's userId
  --gateway URL   the gateway's public address, such as https://app.example.com
  --json          for programs

${ADMIN_HELP}

Exit code: 0 erased, 2 it was not possible.`,
  async run(args) {
    const { options, positionals } = readOptions(args, { gateway: "text" }, ["USER"]);
    const [user = ""] = positionals;
    const forgotten = understood(Forgotten, await gatewayOf(options.gateway)("DELETE", usersPath(user)));
    return { code: 0, text: told(forgotten), json: forgotten };
  },
};

function told({ user, erased, signInsEndedBefore }: z.infer<typeof Forgotten>): string {
  const parts = Object.entries(erased).filter(([, rows]) => rows > 0);
  const lines = parts.map(([table, rows]) => `  ${rows} ${WORDS[table] ?? table}`);
  const what = lines.length === 0 ? [`There was nothing about ${user}.`] : [`Erased of ${user}:`, ...lines];
  return [
    ...what,
    "",
    `Kept, until no token from before it can come back: sign-ins up to ${signInsEndedBefore} are over.`,
    "Not the gateway's to erase: Cognito's user, Authsignal's user, your logs, and events that still wait in the queue.",
  ].join("\n");
}
