import { parseArgs } from "node:util";
import { soak } from "./soak.ts";

const USAGE = `Sends events to both Workers with duplicates, disorder, failing dependencies and restarts in the middle, and
compares the end with what must be. docs/operations.md says what it does and what its numbers mean.

Usage: npm run soak -- [options]

  --events N    how many (default 50000)
  --json        end with one line of JSON; progress goes to standard error either way
  --help        print this

Exit code: 0 nothing lost and nothing twice, 1 otherwise, 2 used wrongly.`;

const MAX_EVENTS = 10_000_000;

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "50000" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const count = /^\d{1,8}$/.test(values.events) ? Number(values.events) : 0;
if (values.help) {
  console.log(USAGE);
} else if (count < 1 || count > MAX_EVENTS) {
  process.stderr.write(`soak: --events must be a whole number from 1 to ${MAX_EVENTS}.\n`);
  process.exitCode = 2;
} else {
  const report = await soak(count, Math.random, (what) => process.stderr.write(`soak: ${what}\n`));
  for (const problem of report.problems) {
    process.stderr.write(`soak: ${problem}\n`);
  }
  const { sent, applied, lost, twice, revocationP99Ms } = report;
  console.log(
    values.json
      ? JSON.stringify({ sent, applied, lost, twice, revocationP99Ms })
      : [
          `${sent} events sent, ${applied} applied, ${lost} lost, ${twice} effects twice.`,
          `A revocation was in force ${revocationP99Ms} ms after its event was accepted (99th percentile).`,
          `On the way: ${report.restarts} restarts, ${report.failedDeliveries} failed deliveries, ${report.failedAlerts} failed alerts, ${report.redelivered} events delivered again after a restart.`,
        ].join("\n"),
  );
  process.exitCode = lost === 0 && twice === 0 ? 0 : 1;
}
