import { parseArgs } from "node:util";
import { numbersOf, tableOf } from "./report.ts";
import { measureReads, REVOCATIONS_PER_SECOND, tableOfReads } from "./reads.ts";
import { measureRounds } from "./rounds.ts";
import { startWebhookWorld } from "./world.ts";

const USAGE = `Measures the webhook Worker on workerd serve: true deliveries at a steady rate, alone and beside a flood of forged ones.

Usage: npm run bench:webhooks -- [options]

  --rounds N    rounds of each kind, in turn (default 5)
  --seconds S   length of a round (default 10)
  --forged N    forged deliveries a second (default 2000)
  --valid N     true deliveries a second (default 20)
  --networks N  networks that the forged ones come from (default 200; 0: nobody says from where)
  --reads       instead, reads of sessions' standings alone and beside ${REVOCATIONS_PER_SECOND} revocations a second
  --json        end with one line of JSON; progress goes to standard error
  --help        print this

Exit code: 0 nothing lost and no message for a forgery, 1 otherwise, or when something did not start.`;

const MAXIMA = { rounds: 100, seconds: 120, forged: 20_000, valid: 200, networks: 10_000 } as const;

/** `npm run bench:webhooks`; docs/performance.md, "Webhooks", tells the method. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "10" },
      forged: { type: "string", default: "2000" },
      valid: { type: "string", default: "20" },
      networks: { type: "string", default: "200" },
      reads: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const number = (name: keyof typeof MAXIMA, least = 1) =>
    wholeNumber(`--${name}`, values[name], least, MAXIMA[name]);
  const effort = {
    rounds: number("rounds"),
    seconds: number("seconds"),
    forgedPerSecond: number("forged"),
    validPerSecond: number("valid"),
    networks: number("networks", 0),
  };
  say("building both Workers and starting workerd");
  const world = await startWebhookWorld();
  process.once("SIGINT", () => void world.stop().finally(() => process.exit(130)));
  try {
    if (values.reads) {
      const numbers = await measureReads(world, effort, say);
      console.log(values.json ? JSON.stringify(numbers) : tableOfReads(numbers));
      return;
    }
    const rounds = await measureRounds(world, effort, say);
    const numbers = numbersOf(rounds);
    console.log(values.json ? JSON.stringify(numbers) : tableOf(rounds, numbers));
    process.exitCode = numbers.lost === 0 && numbers.strayMessages === 0 ? 0 : 1;
  } finally {
    await world.stop();
  }
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : -1;
  if (value < least || value > most) {
    throw new Error(`${option} must be a whole number from ${least} to ${most}.`);
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
