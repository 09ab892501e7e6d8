import { Agent, request } from "node:http";
import { parseArgs } from "node:util";
import { startChild, type Child } from "./child.ts";
import { median } from "./stats.ts";

const CONNECTIONS = 16;
/** More users than the stand-in remembers, so that its bounds are reached and passed. */
const USERS = 60_000;
const SAMPLE_EVERY_MS = 10_000;
const MIB = 1024 * 1024;

const USAGE = `Keeps the Authsignal stand-in under track calls and watches its speed and its memory.

Usage: npm run bench:stand-in -- [options]

  --seconds S   how long (default 600)
  --json        end with one line of JSON; progress goes to standard error
  --help        print this`;

interface Sample {
  readonly second: number;
  readonly callsPerSecond: number;
  readonly rssMiB: number;
}

/** `npm run bench:stand-in`: is the local world fast enough, and does it stay as large as it is? */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "600" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const seconds = Number(values.seconds);
  if (!Number.isInteger(seconds) || seconds < 1) {
    throw new Error(`--seconds ${values.seconds}: a whole number from 1`);
  }
  const child = startChild("./stand-in-process.ts");
  try {
    // stand-in-process.ts begins with exactly this.
    const standIn = (await child.receive()) as { url: string; secretKey: string; readyMs: number };
    const samples = await load(child, standIn, seconds * 1000);
    const report = summary(standIn.readyMs, samples);
    console.log(values.json ? JSON.stringify(report) : table(report));
  } finally {
    await child.stop();
  }
}

async function load(
  child: Child,
  standIn: { url: string; secretKey: string },
  durationMs: number,
): Promise<Sample[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const authorization = `Basic ${Buffer.from(`${standIn.secretKey}:`).toString("base64")}`;
  const samples: Sample[] = [];
  const beganAtMs = performance.now();
  let calls = 0;

  async function caller(): Promise<void> {
    while (performance.now() < beganAtMs + durationMs) {
      const user = `user-${calls++ % USERS}`;
      await track(agent, standIn.url, authorization, user);
    }
  }

  const callers = Array.from({ length: CONNECTIONS }, caller);
  const failure = Promise.all(callers);
  let callsBefore = 0;
  for (let at = SAMPLE_EVERY_MS; at <= durationMs; at += SAMPLE_EVERY_MS) {
    const pause = new Promise((resolve) => setTimeout(resolve, beganAtMs + at - performance.now()));
    await Promise.race([pause, failure]);
    child.send({ memory: true });
    // stand-in-process.ts answers every message with exactly this.
    const { rssBytes } = (await child.receive()) as { rssBytes: number };
    const sample = {
      second: at / 1000,
      callsPerSecond: Math.round((calls - callsBefore) / (SAMPLE_EVERY_MS / 1000)),
      rssMiB: Math.round(rssBytes / MIB),
    };
    callsBefore = calls;
    samples.push(sample);
    console.error(`${sample.second} s  ${sample.callsPerSecond} calls/s  ${sample.rssMiB} MiB`);
  }
  await failure;
  agent.destroy();
  return samples;
}

/** One track call with a body of a usual size; anything but 200 ends the run. */
function track(agent: Agent, url: string, authorization: string, user: string): Promise<void> {
  const body = JSON.stringify({
    ipAddress: "203.0.113.7",
    userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    deviceId: `device-of-${user}`,
    redirectUrl: "https://app.example.com/.sallyport/return",
    custom: { amount: 12.5, currency: "EUR", payee: "DE89370400440532013000" },
  });
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/v1/users/${user}/actions/transfer`,
      {
        agent,
        method: "POST",
        headers: {
          authorization,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        },
      },
      (answer) => {
        answer.resume();
        answer.once("end", () =>
          answer.statusCode === 200 ? resolve() : reject(new Error(`track answered ${answer.statusCode}`)),
        );
      },
    );
    sent.once("error", reject);
    sent.end(body);
  });
}

function summary(readyMs: number, samples: readonly Sample[]) {
  const half = Math.floor(samples.length / 2);
  const memoryOf = (part: readonly Sample[]) =>
    part.length === 0 ? 0 : median(part.map(({ rssMiB }) => rssMiB));
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  return {
    readyMs: Math.round(readyMs),
    seconds: samples.at(-1)?.second ?? 0,
    callsPerSecond: Math.round(median(samples.map(({ callsPerSecond }) => callsPerSecond))),
    slowestCallsPerSecond: Math.min(...samples.map(({ callsPerSecond }) => callsPerSecond)),
    thirdQuarterMiB: memoryOf(samples.slice(half, half + quarter)),
    lastQuarterMiB: memoryOf(samples.slice(-quarter)),
    largestMiB: Math.max(...samples.map(({ rssMiB }) => rssMiB)),
  };
}

function table(report: ReturnType<typeof summary>): string {
  return [
    `ready in ${report.readyMs} ms`,
    `${report.callsPerSecond} track calls/s over ${report.seconds} s (slowest ten seconds: ${report.slowestCallsPerSecond}/s)`,
    `memory: ${report.thirdQuarterMiB} MiB in the third quarter, ${report.lastQuarterMiB} MiB in the last, ${report.largestMiB} MiB at most`,
  ].join("\n");
}

await main();
