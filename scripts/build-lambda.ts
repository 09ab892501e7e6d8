import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { buildLambdas } from "../workers/local/lambda/bundles.ts";

const STARTS = 5;
const execute = promisify(execFile);

/** Settings that let every bundle start; nothing is called with them. */
const ENVIRONMENT = {
  SIGN_IN_CLIENTS: "{}",
  AUTHSIGNAL_SECRET: "measured-only",
  SIGN_IN_SECRET: "measured-only-measured-only-measured-only",
};
const MEASURE = `const started = performance.now();
const { handler } = await import(process.argv[1]);
process.stdout.write(String(typeof handler === "function" ? performance.now() - started : Number.NaN));`;

/** The median of some starts: what loading the bundle adds to the start of a Node process. */
async function coldStartMs(path: string): Promise<number> {
  const times: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    // One after the other: side by side they would measure each other.
    // oxlint-disable-next-line no-await-in-loop
    const { stdout } = await execute(process.execPath, ["--input-type=module", "-e", MEASURE, path], {
      env: ENVIRONMENT,
    });
    times.push(Number(stdout));
  }
  return times.toSorted((a, b) => a - b)[Math.floor(STARTS / 2)] ?? Number.NaN;
}

/** `npm run build:lambda`: one bundle per trigger, its size, and how long this machine takes to load it. */
for (const { name, path, bytes } of await buildLambdas()) {
  // oxlint-disable-next-line no-await-in-loop
  const startMs = (await coldStartMs(path)).toFixed(0);
  const size = (bytes / 1024).toFixed(0).padStart(4);
  console.log(`${name.padEnd(32)}${size} KiB ${startMs.padStart(5)} ms cold  dist/lambda/${name}/index.mjs`);
}
