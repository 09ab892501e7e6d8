import * as z from "zod/mini";
import { ADMIN_HELP, ADMIN_KEY_VARIABLE, adminClient, type AskAdmin } from "./admin-client.ts";
import { UsageProblem, type Command, type Outcome } from "./command.ts";
import { readOptions } from "./options.ts";
import { understood } from "./sessions.ts";

/** Where the webhook Worker is, if no option says so. */
export const WEBHOOKS_URL_VARIABLE = "SALLYPORT_WEBHOOKS_URL";
/** The webhook Worker's endpoint for dead letters. */
export const LETTERS_PATH = "/admin/events";

const Letter = z.object({
  id: z.string(),
  type: z.string(),
  sub: z.optional(z.string()),
  buriedAtMs: z.number(),
  reasons: z.array(z.string()),
});
type Letter = z.infer<typeof Letter>;
const Page = z.object({
  letters: z.array(Letter),
  unknownTypes: z.array(z.object({ type: z.string(), count: z.number(), lastAtMs: z.number() })),
  /** What to ask after for the letters that follow. */
  next: z.optional(z.string()),
});

const WHERE = `  --url URL   the webhook Worker (the address that "npm start" prints as "Webhooks" will do); or the
              environment variable ${WEBHOOKS_URL_VARIABLE}
  --json      for programs

${ADMIN_HELP}`;

const helpOf = (first: string, usage: string, more: string) => `${first}

Usage: sallyport events ${usage} [--url URL] [--json]

${more}${WHERE}

Exit code: 0, 1 there is no such event, 2 it could not be done.`;

function open(options: { readonly url: string | undefined }): AskAdmin {
  const url = options.url ?? process.env[WEBHOOKS_URL_VARIABLE];
  if (url === undefined || url === "") {
    throw new UsageProblem(`--url is missing: the address of the webhook Worker`);
  }
  return adminClient(url, process.env[ADMIN_KEY_VARIABLE]);
}

async function pageAfter(ask: AskAdmin, after: string): Promise<z.infer<typeof Page>> {
  const query = after === "" ? "" : `?after=${encodeURIComponent(after)}`;
  return understood(Page, await ask("GET", `${LETTERS_PATH}${query}`));
}

async function allLetters(ask: AskAdmin): Promise<z.infer<typeof Page>> {
  const letters: Letter[] = [];
  for (let after = ""; ;) {
    const page = await pageAfter(ask, after);
    letters.push(...page.letters);
    if (page.next === undefined) {
      return { ...page, letters };
    }
    after = page.next;
  }
}

function lineOf({ id, type, sub, buriedAtMs, reasons }: Letter): string {
  const why = reasons.map((reason) => `\n    ${reason}`).join("");
  return `${new Date(buriedAtMs).toISOString()}  ${id}  ${type}${sub === undefined ? "" : `  ${sub}`}${why}`;
}

const list: Command = {
  summary: "events that could not be carried out, and types that nobody knows",
  help: helpOf("Lists dead letters: events that failed after every retry.", "list", ""),
  async run(args) {
    const { options } = readOptions(args, { url: "text" }, []);
    const { letters, unknownTypes } = await allLetters(open(options));
    const types = unknownTypes.map(
      ({ type, count, lastAtMs }) =>
        `unknown type ${type}: ${count}, last ${new Date(lastAtMs).toISOString()}`,
    );
    const first = letters.length === 0 ? ["There are no dead letters."] : letters.map(lineOf);
    return { code: 0, text: [...first, ...types].join("\n"), json: { letters, unknownTypes } };
  },
};

const show: Command = {
  summary: "one of them, whole",
  help: helpOf("Shows a dead letter with the event as it was queued.", "show ID", ""),
  async run(args) {
    const { options, positionals } = readOptions(args, { url: "text" }, ["ID"]);
    const ask = open(options);
    const [id = ""] = positionals;
    const { status, json } = await ask("GET", `${LETTERS_PATH}/${encodeURIComponent(id)}`);
    return status === 404 ? none(id, ask) : { code: 0, text: JSON.stringify(json, null, 2), json };
  },
};

const replay: Command = {
  summary: "carries one out again, or all",
  help: helpOf(
    "Puts dead letters back into the queue. What was done already is not done again.",
    "replay ID | --all",
    "  --all       every one\n",
  ),
  async run(args) {
    const { options, positionals } = readOptions(args, { url: "text", all: "flag" }, ["ID"], 0);
    const ask = open(options);
    const [id] = positionals;
    if ((id === undefined) !== options.all) {
      throw new UsageProblem("Name one ID, or --all");
    }
    const ids = id === undefined ? (await allLetters(ask)).letters.map((letter) => letter.id) : [id];
    const replayed: string[] = [];
    for (const one of ids) {
      const { status } = await ask("POST", `${LETTERS_PATH}/${encodeURIComponent(one)}/replay`);
      if (status === 200) {
        replayed.push(one);
      }
    }
    return id !== undefined && replayed.length === 0
      ? none(id, ask)
      : { code: 0, text: `Replayed ${replayed.length}.`, json: { replayed } };
  },
};

const drop: Command = {
  summary: "forgets one",
  help: helpOf("Forgets a dead letter: it is never carried out.", "drop ID", ""),
  async run(args) {
    const { options, positionals } = readOptions(args, { url: "text" }, ["ID"]);
    const ask = open(options);
    const [id = ""] = positionals;
    const { status } = await ask("DELETE", `${LETTERS_PATH}/${encodeURIComponent(id)}`);
    return status === 404 ? none(id, ask) : { code: 0, text: `Dropped ${id}.`, json: { dropped: id } };
  },
};

/** Where there is no admin endpoint everything is 404: the list, which always is there, tells. */
async function none(id: string, ask: AskAdmin): Promise<Outcome> {
  await pageAfter(ask, "");
  return { code: 1, text: `There is no dead letter ${id}.`, json: { found: false } };
}

/** `sallyport events`. */
export const EVENT_COMMANDS = { list, show, replay, drop } as const;
