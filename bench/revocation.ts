import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startWorld, type World } from "../workers/local/world.ts";
import { deliver, freshToken, openSocket, startApp, statusOf, userOf } from "./revocation-parts.ts";
import { median } from "./stats.ts";

const USAGE = `Measures on the local world how fast a revocation is, and what a relayed WebSocket costs.

Usage: npm run bench:revocation -- [options]

  --rounds N    revocations on each kind of route (default 20)
  --json        end with one line of JSON; progress goes to standard error
  --help        print this`;

const POLICY = {
  version: 1,
  default: { require: "sign-in" },
  routes: [
    { id: "live", match: { path: "/live/*" }, require: "sign-in", revocable: true },
    {
      id: "pay",
      match: { methods: ["POST"], path: "/pay" },
      require: "step-up",
      action: "bench",
      unenrolled: "allow",
    },
  ],
  reactions: [{ id: "removed", on: ["authenticator.deleted"], do: ["revoke-user"] }],
};
const RECEIPTS = 300;
const KNOWN_USERS = 20;
const ROUND_TRIPS = 2_000;
const SOCKET_ROUNDS = 5;
const PATIENCE_MS = 20_000;

type Ask = () => Promise<number>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "20" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const rounds = /^[1-9]\d{0,2}$/.test(values.rounds) ? Number(values.rounds) : 0;
  if (rounds === 0) {
    throw new Error("--rounds must be a whole number from 1 to 999.");
  }
  const app = await startApp();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-bench-"));
  const policyFile = join(folder, "policy.json");
  await writeFile(policyFile, JSON.stringify(POLICY));
  say("starting the local world");
  const world = await startWorld({
    port: 0,
    origin: app.url,
    policyFile,
    vars: { STALENESS_SECONDS: "5" },
  });
  try {
    say(`${rounds} revocations on a sensitive route`);
    const sensitive = await lagsOf(world, rounds, (token) => () => statusOf(world, token, "POST", "/pay"));
    say(`${rounds} revocations on an ordinary route, whose reads are trusted for 5 s`);
    const ordinary = await lagsOf(world, rounds, (token) => () => statusOf(world, token, "GET", "/"));
    say(`${rounds} revocations beside an open revocable WebSocket`);
    const sockets = await cutsOf(world, rounds);
    say(`${RECEIPTS} webhooks`);
    const receipts = await receiptsOf(world);
    say("WebSocket round trips, passed through and relayed in turn");
    const { passed, relayed } = await roundTripsOf(world);
    const result = {
      sensitiveP99Ms: at(sensitive, 0.99),
      ordinaryP99Ms: at(ordinary, 0.99),
      socketCutP99Ms: at(sockets, 0.99),
      receiptP50Ms: at(receipts, 0.5),
      receiptP99Ms: at(receipts, 0.99),
      relayedRoundTripsRatio: Math.round((relayed / passed) * 1000) / 1000,
    };
    console.log(values.json ? JSON.stringify(result) : tableOf(result, passed, relayed));
  } finally {
    await Promise.all([world.close(), app.close(), rm(folder, { recursive: true })]);
  }
}

function tableOf(result: Readonly<Record<string, number>>, passed: number, relayed: number): string {
  return [
    `event accepted to last 200, sensitive route:  p99 ${result["sensitiveP99Ms"]} ms (budget 1000)`,
    `event accepted to last 200, ordinary route:   p99 ${result["ordinaryP99Ms"]} ms (budget 5000)`,
    `event accepted to revocable socket cut:       p99 ${result["socketCutP99Ms"]} ms (budget 1000)`,
    `webhook receipt to 200:                       p50 ${result["receiptP50Ms"]} ms, p99 ${result["receiptP99Ms"]} ms (budget 50)`,
    `WebSocket round trips:                        ${passed.toFixed(0)}/s passed through, ${relayed.toFixed(0)}/s relayed`,
  ].join("\n");
}

/** Signs a user in, revokes them while they go on asking, and gives how long after the 200 one still went through. */
async function lagsOf(world: World, rounds: number, askBy: (token: string) => Ask): Promise<number[]> {
  const lags: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const user = userOf(round);
    const ask = askBy(await freshToken(world, user));
    if ((await ask()) !== 200) {
      throw new Error("the route was to answer 200 before the revocation");
    }
    const delivered = deliver(world, user.sub).then(() => performance.now());
    let lastOkAtMs = 0;
    const endsAtMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const status = await ask();
      if (status === 401) {
        break;
      }
      if (status === 200) {
        lastOkAtMs = performance.now();
      }
      if (performance.now() > endsAtMs) {
        throw new Error("the revocation never came into force");
      }
    }
    lags.push(Math.max(0, lastOkAtMs - (await delivered)));
  }
  return lags;
}

async function cutsOf(world: World, rounds: number): Promise<number[]> {
  const lags: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const user = userOf(round);
    const socket = await openSocket(world, await freshToken(world, user), "/live/ws");
    const closed = once(socket, "close").then(() => performance.now());
    await deliver(world, user.sub);
    const acceptedAtMs = performance.now();
    lags.push(Math.max(0, (await closed) - acceptedAtMs));
  }
  return lags;
}

async function receiptsOf(world: World): Promise<number[]> {
  const took: number[] = [];
  const users = Array.from({ length: KNOWN_USERS }, () => randomUUID());
  for (const sub of users) {
    await deliver(world, sub); // a user's first event makes their ledger
  }
  for (let index = 0; index < RECEIPTS; index += 1) {
    const beganAtMs = performance.now();
    await deliver(world, users[index % KNOWN_USERS] ?? "");
    took.push(performance.now() - beganAtMs);
  }
  return took;
}

async function roundTripsOf(world: World): Promise<{ readonly passed: number; readonly relayed: number }> {
  const token = await freshToken(world, userOf(0));
  const speeds: Record<"/ws" | "/live/ws", number[]> = { "/ws": [], "/live/ws": [] };
  for (let round = 0; round < SOCKET_ROUNDS; round += 1) {
    const paths = ["/ws", "/live/ws"] as const;
    for (const path of round % 2 === 0 ? paths : paths.toReversed()) {
      const socket = await openSocket(world, token, path);
      const beganAtMs = performance.now();
      for (let index = 0; index < ROUND_TRIPS; index += 1) {
        socket.send("x".repeat(100));
        await once(socket, "message");
      }
      speeds[path].push((ROUND_TRIPS * 1000) / (performance.now() - beganAtMs));
      socket.terminate();
    }
  }
  return { passed: median(speeds["/ws"]), relayed: median(speeds["/live/ws"]) };
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

function say(what: string): void {
  process.stderr.write(`bench: ${what}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
