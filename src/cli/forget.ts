import * as z from "zod/mini";
import { ADMIN_HELP, ADMIN_KEY_VARIABLE, adminClient } from "./admin-client.ts";
import type { Command } from "./command.ts";
import { LETTERS_PATH, WEBHOOKS_URL_VARIABLE } from "./events.ts";
import { readOptions } from "./options.ts";
import { gatewayOf, understood, usersPath } from "./sessions.ts";

const Forgotten = z.object({
  user: z.string(),
  erased: z.record(z.string(), z.number()),
  signInsEndedBefore: z.string(),
});

const Letters = z.object({ erased: z.object({ letter: z.number() }) });

/** What the ledger's tables hold, in words, and the webhook Worker's. A test compares with the tables. */
export const WORDS: Readonly<Record<string, string>> = {
  session: "sessions",
  revocation: "revocations",
  effect: "marks of events",
  lease: "notes of events under way",
  challenge: "challenges",
  kept: "parts of kept requests",
  grant_given: "grants",
  challenge_started: "counts of challenges",
  revocation_besides: "revocations that spared a session",
  demand: "demanded step-ups",
  sighting: "counted events",
  authenticator: "authenticators",
  action_heard: "notes of actions",
  comparison: "comparisons with Authsignal",
  roster_note: "notes that the user was active",
  letter: "dead letters",
};

/** `sallyport forget`. */
export const forget: Command = {
  summary: "erases everything that the ledger holds about a user",
  help: `Erases everything that the ledger holds about a user, and says what it erased. All sessions of the user end.

Usage: sallyport forget USER --gateway URL [--webhooks URL] [--json]

  USER            the sub of the user's tokens, which is Authsignal's userId
  --gateway URL   the gateway's public address, such as https://app.example.com
  --webhooks URL  the webhook Worker, or the environment variable ${WEBHOOKS_URL_VARIABLE}: it keeps dead letters
  --json          for programs

${ADMIN_HELP}

Exit code: 0 erased, 2 it was not possible.`,
  async run(args) {
    const { options, positionals } = readOptions(args, { gateway: "text", webhooks: "text" }, ["USER"]);
    const [user = ""] = positionals;
    const ask = gatewayOf(options.gateway);
    const letters = await forgetLetters(options.webhooks ?? process.env[WEBHOOKS_URL_VARIABLE], user);
    const { erased, ...forgotten } = understood(Forgotten, await ask("DELETE", usersPath(user)));
    const whole = { ...forgotten, erased: { ...erased, ...letters } };
    return { code: 0, text: told(whole, letters !== undefined), json: whole };
  },
};

/** Undefined where nobody said where the webhook Worker is. */
async function forgetLetters(
  url: string | undefined,
  user: string,
): Promise<{ readonly letter: number } | undefined> {
  if (url === undefined || url === "") {
    return undefined;
  }
  const ask = adminClient(url, process.env[ADMIN_KEY_VARIABLE]);
  const answer = await ask("DELETE", `${LETTERS_PATH}?user=${encodeURIComponent(user)}`);
  return understood(Letters, answer).erased;
}

function told({ user, erased, signInsEndedBefore }: z.infer<typeof Forgotten>, hasLetters: boolean): string {
  const parts = Object.entries(erased).filter(([, rows]) => rows > 0);
  const lines = parts.map(([table, rows]) => `  ${rows} ${WORDS[table] ?? table}`);
  const what = lines.length === 0 ? [`There was nothing about ${user}.`] : [`Erased of ${user}:`, ...lines];
  return [
    ...what,
    "",
    `Kept, until no token from before it can come back: sign-ins up to ${signInsEndedBefore} are over.`,
    ...(hasLetters ? [] : ["Dead letters were not looked for: --webhooks says where they are kept."]),
    "Not the gateway's to erase: Cognito's user, Authsignal's user, your logs, and events that still wait in the queue.",
  ].join("\n");
}
