import { parseArgs } from "node:util";
import { numbersOf, tableOf } from "./report.ts";
import { measureRounds } from "./rounds.ts";
import { startWebhookWorld } from "./world.ts";

const USAGE = `Measures the webhook Worker on workerd serve: true deliveries at a steady rate, alone and beside a flood of forged ones.

Usage: npm run bench:webhooks -- [options]

  --rounds N    rounds of each kind, in turn (default 5)
  --seconds S   length of a round (default 10)
  --forged N    forged deliveries a second (default 2000)
  --valid N     true deliveries a second (default 20)
  --json        end with one line of JSON; progress goes to standard error
  --help        print this

Exit code: 0 nothing lost and no message for a forgery, 1 otherwise, or when something did not start.`;

const MAXIMA = { rounds: 100, seconds: 120, forged: 20_000, valid: 200 } as const;

/** `npm run bench:webhooks`; docs/performance.md, "Webhooks", tells the method. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "10" },
      forged: { type: "string", default: "2000" },
      valid: { type: "string", default: "20" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const number = (name: keyof typeof MAXIMA) => wholeNumber(`--${name}`, values[name], MAXIMA[name]);
  const effort = {
    rounds: number("rounds"),
    seconds: number("seconds"),
    forgedPerSecond: number("forged"),
    validPerSecond: number("valid"),
  };
  say("building both Workers and starting workerd");
  const world = await startWebhookWorld();
  process.once("SIGINT", () => void world.stop().finally(() => process.exit(130)));
  try {
    const rounds = await measureRounds(world, effort, say);
    const numbers = numbersOf(rounds);
    console.log(values.json ? JSON.stringify(numbers) : tableOf(rounds, numbers));
    process.exitCode = numbers.lost === 0 && numbers.strayMessages === 0 ? 0 : 1;
  } finally {
    await world.stop();
  }
}

function wholeNumber(option: string, text: string, maximum: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > maximum) {
    throw new Error(`${option} must be a whole number from 1 to ${maximum}.`);
  }
  return value;
}

function say(what: string): void {
  process.stderr.write(`bench: ${what}\n`);
}

try {
  await main();
} catch (error) {
  // A mistake on the command line or a part that did not start: one sentence, no stack.
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
