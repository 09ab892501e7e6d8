import { parseArguments, USAGE } from "./arguments.ts";
import { explainFailure } from "./failures.ts";
import { describeWorld, worldAsJson } from "./report.ts";
import { startWorld, type World } from "./world.ts";

/** How long an orderly end may take before the process ends anyway. */
const CLOSE_DEADLINE_MS = 1_500;

/** `npm start`: the whole local world until Ctrl-C. */
async function main(): Promise<void> {
  const parsed = parseArguments(process.argv.slice(2));
  if (!parsed.ok) {
    fail(parsed.error);
    return;
  }
  const { help, json, verbose, ...options } = parsed.value;
  if (help) {
    console.log(USAGE);
    return;
  }
  if (!json) {
    process.stderr.write("Building both Workers and starting the local world ...\n");
  }
  let world: World;
  try {
    world = await startWorld({
      ...options,
      onLog: verbose ? (line) => process.stderr.write(`${line}\n`) : undefined,
    });
  } catch (error) {
    fail(explainFailure(error));
    return;
  }
  console.log(json ? worldAsJson(world) : describeWorld(world));
  endWith(world);
}

function endWith(world: World): void {
  let ending = false;
  const end = () => {
    if (!ending) {
      ending = true;
      setTimeout(() => process.exit(0), CLOSE_DEADLINE_MS).unref();
      void world.close().finally(() => process.exit(0));
    }
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  process.on("SIGHUP", end);
}

function fail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}

await main();
