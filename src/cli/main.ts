#!/usr/bin/env node
import { UsageProblem, type Command, type Outcome } from "./command.ts";
import { check } from "./policy-check.ts";
import { diff } from "./policy-diff.ts";
import { explain } from "./policy-explain.ts";
import { pull, push } from "./policy-push.ts";
import { test } from "./policy-test.ts";

const POLICY_COMMANDS: Readonly<Record<string, Command>> = { check, explain, test, diff, push, pull };

const USAGE = `Sallyport's command line.

Usage: sallyport policy COMMAND [arguments] [--json]

${Object.entries(POLICY_COMMANDS)
  .map(([name, { summary }]) => `  policy ${name.padEnd(8)} ${summary}`)
  .join("\n")}

sallyport policy COMMAND --help explains each.
Exit codes: 0 fine, 1 something was found, 2 used wrongly or not possible.`;

/** Runs one command line. */
async function run(args: readonly string[]): Promise<Outcome> {
  const [room, name, ...rest] = args.filter((argument) => argument !== "--json");
  const isHelp = (argument: string | undefined) => argument === "--help" || argument === "-h";
  if (room === undefined || isHelp(room) || (room === "policy" && (name === undefined || isHelp(name)))) {
    return { code: name === undefined && !isHelp(room) ? 2 : 0, text: USAGE, json: { usage: USAGE } };
  }
  const command =
    room === "policy" && Object.hasOwn(POLICY_COMMANDS, name ?? "") ? POLICY_COMMANDS[name ?? ""] : undefined;
  if (command === undefined) {
    throw new UsageProblem(`There is no command "${[room, name].filter(Boolean).join(" ")}"`);
  }
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
