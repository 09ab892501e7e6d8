#!/usr/bin/env node
import { UsageProblem, type Command, type Outcome } from "./command.ts";
import { EVENT_COMMANDS as events } from "./events.ts";
import { forget } from "./forget.ts";
import { check } from "./policy-check.ts";
import { diff } from "./policy-diff.ts";
import { explain } from "./policy-explain.ts";
import { pull, push } from "./policy-push.ts";
import { test } from "./policy-test.ts";
import { list, revoke } from "./sessions.ts";

/** Commands by room; a command that is a room of its own has the empty name. */
const ROOMS: Readonly<Record<string, Readonly<Record<string, Command>>>> = {
  policy: { check, explain, test, diff, push, pull },
  events,
  sessions: { list, revoke },
  forget: { "": forget },
};

const WIDTH = 17;

/** What a person sees who asks for help: about everything, or about one room. */
function usage(only?: string): string {
  const lines = Object.entries(ROOMS)
    .filter(([room]) => only === undefined || room === only)
    .flatMap(([room, commands]) =>
      Object.entries(commands).map(
        ([name, { summary }]) => `  ${`${room} ${name}`.padEnd(WIDTH)} ${summary}`,
      ),
    )
    .join("\n");
  return `Sallyport's command line.

Usage: sallyport ${only === undefined ? "COMMAND" : `${only} COMMAND`} [arguments] [--json]

${lines}

sallyport ${only === undefined ? "COMMAND" : `${only} COMMAND`} --help explains each.
Exit codes: 0 fine, 1 something was found, 2 used wrongly or not possible.`;
}

/** Runs one command line. */
async function run(args: readonly string[]): Promise<Outcome> {
  const [room = "", ...words] = args.filter((argument) => argument !== "--json");
  const isHelp = (argument: string | undefined) => argument === "--help" || argument === "-h";
  const commands = Object.hasOwn(ROOMS, room) ? ROOMS[room] : undefined;
  const alone = commands?.[""];
  const [name] = words;
  const asksForHelp = isHelp(room) || (commands !== undefined && alone === undefined && isHelp(name));
  if (asksForHelp || room === "" || (commands !== undefined && alone === undefined && name === undefined)) {
    const text = usage(commands === undefined ? undefined : room);
    return { code: asksForHelp ? 0 : 2, text, json: { usage: text } };
  }
  const named =
    commands !== undefined && Object.hasOwn(commands, name ?? "") ? commands[name ?? ""] : undefined;
  const command = alone ?? named;
  if (command === undefined) {
    throw new UsageProblem(`There is no command "${[room, name].filter(Boolean).join(" ")}"`);
  }
  const rest = alone === undefined ? words.slice(1) : words;
  return rest.some(isHelp)
    ? { code: 0, text: command.help, json: { usage: command.help } }
    : command.run(rest);
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const isJson = args.includes("--json");
  try {
    const { code, text, json } = await run(args);
    process.stdout.write(`${isJson ? JSON.stringify(json) : text}\n`);
    process.exitCode = code;
  } catch (error) {
    if (!(error instanceof UsageProblem)) {
      throw error;
    }
    const sentence = error.message.replace(/\.?$/, ".");
    process.stderr.write(
      isJson ? `${JSON.stringify({ error: sentence })}\n` : `${sentence} "sallyport --help" says more.\n`,
    );
    process.exitCode = 2;
  }
}

await main();
