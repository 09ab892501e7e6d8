import { parseArgs } from "node:util";
import { exitCodeOf, jsonOf, summaryOf } from "./report.ts";
import { soak } from "./soak.ts";

const USAGE = `Sends events to both Workers with duplicates, disorder, failing dependencies and restarts in the middle, and
compares the end with what must be. docs/operations.md says what it does and what its numbers mean.

Usage: npm run soak -- [options]

  --events N    how many (default 50000)
  --json        end with one line of JSON; progress goes to standard error either way
  --help        print this

Exit code: 0 everything is as it must be, 1 otherwise (standard error says what is not), 2 used wrongly.`;

const MAX_EVENTS = 10_000_000;
const SHOWN_PROBLEMS = 20;

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
  for (const problem of report.problems.slice(0, SHOWN_PROBLEMS)) {
    process.stderr.write(`soak: ${problem}\n`);
  }
  if (report.problems.length > SHOWN_PROBLEMS) {
    process.stderr.write(`soak: and ${report.problems.length - SHOWN_PROBLEMS} more\n`);
  }
  console.log(values.json ? jsonOf(report) : summaryOf(report));
  process.exitCode = exitCodeOf(report);
}
