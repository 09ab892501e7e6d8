import { parseArgs } from "node:util";
import { measure } from "./measure.ts";
import { reportJson, reportTable, type Report } from "./report.ts";
import { measureIdleSockets } from "./revocable-sockets.ts";
import { checkWorkers, SCENARIOS } from "./scenarios.ts";
import { measureSockets } from "./sockets.ts";
import { measurePeers } from "./peers/run.ts";
import { measureStartup } from "./startup.ts";
import { measureStepUp } from "./step-up.ts";
import { measureTransfer, type Direction } from "./transfers.ts";
import { startBenchWorld, type BenchWorld } from "./world.ts";

const DIRECTIONS: readonly Direction[] = ["upload", "download"];
const NAMES: readonly string[] = [...SCENARIOS.map(({ name }) => name), ...DIRECTIONS, "sockets", "startup"];
/** Only when they are named: they compare routes of one gateway, not the gateway with the bare Worker. */
const STEP_UP = "stepUp";
const IDLE_SOCKETS = "idleSockets";
const KNOWN: readonly string[] = [...NAMES, STEP_UP, IDLE_SOCKETS];
const MAX_ROUNDS = 1_000;
const MAX_SECONDS = 60;

const USAGE = `Measures the gateway beside a bare pass-through Worker, both on workerd serve, in alternating rounds.

Usage: npm run bench -- [options]

  --scenario NAME   only this one; may be repeated: ${NAMES.join(", ")};
                    measured only when named: ${STEP_UP}, what a step-up adds, and
                    ${IDLE_SOCKETS}, what open revocable WebSockets cost beside passed-through ones
  --rounds N        alternating rounds for each (default 20)
  --seconds S       length of each half of a round (default 1)
  --peers           beside known proxies instead (docs/performance.md, "Peers")
  --json            end with one line of JSON; progress goes to standard error
  --help            print this`;

/** `npm run bench`; docs/performance.md tells the method. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scenario: { type: "string", multiple: true },
      rounds: { type: "string", default: "20" },
      seconds: { type: "string", default: "1" },
      peers: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const names = values.scenario ?? NAMES;
  const unknown = names.find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--scenario ${unknown}: there is none of this name. There are ${KNOWN.join(", ")}.`);
  }
  const effort = {
    rounds: wholeNumber("--rounds", values.rounds, MAX_ROUNDS),
    seconds: wholeNumber("--seconds", values.seconds, MAX_SECONDS),
  };
  if (values.peers && (values.json || values.scenario !== undefined)) {
    throw new Error("--peers goes with --rounds and --seconds only.");
  }
  say("building the gateway and starting both Workers");
  const world = await startBenchWorld();
  process.once("SIGINT", () => void world.stop().finally(() => process.exit(130)));
  try {
    if (values.peers) {
      console.log(await measurePeers(world, effort, say));
      return;
    }
    const report = await measureAll(world, names, effort);
    console.log(values.json ? reportJson(report) : reportTable(report));
  } finally {
    await world.stop();
  }
}

async function measureAll(
  world: BenchWorld,
  names: readonly string[],
  effort: { readonly rounds: number; readonly seconds: number },
): Promise<Report> {
  await checkWorkers(world.bare.port, world.gateway.port, world.identities);
  const report: Report = {
    scenarios: new Map(),
    transfers: new Map(),
    startup: undefined,
    sockets: undefined,
    stepUp: undefined,
    idleSockets: undefined,
  };
  for (const scenario of SCENARIOS.filter(({ name }) => names.includes(name))) {
    say(`${scenario.title}: ${effort.rounds} rounds of 2 x ${effort.seconds} s`);
    report.scenarios.set(scenario.name, await measure(scenario, world, effort));
  }
  for (const direction of DIRECTIONS.filter((name) => names.includes(name))) {
    say(`100 MB ${direction}: ${effort.rounds} rounds`);
    report.transfers.set(direction, await measureTransfer(direction, world, effort.rounds));
  }
  if (names.includes("sockets")) {
    say(`WebSocket round trips: ${effort.rounds} rounds of 2 x ${effort.seconds} s`);
    report.sockets = await measureSockets(world, effort);
  }
  if (names.includes("startup")) {
    say("start-up");
    report.startup = await measureStartup(world);
  }
  if (names.includes(STEP_UP)) {
    say(`step-up: ${effort.rounds} rounds`);
    report.stepUp = await measureStepUp(world, effort.rounds);
  }
  if (names.includes(IDLE_SOCKETS)) {
    say(`idle WebSockets: ${effort.rounds} rounds of 2 x ${effort.seconds} s`);
    report.idleSockets = await measureIdleSockets(world, effort);
  }
  return report;
}

function wholeNumber(option: string, text: string, maximum: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
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
