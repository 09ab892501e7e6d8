import type { WebSocket } from "ws";
import { COUNTED_GATEWAY, takeLedgerCalls } from "./ledger-calls.ts";
import type { Effort } from "./measure.ts";
import { PUBLIC_HOST } from "./request.ts";
import { bearer, SIGNED_IN_PATH } from "./scenarios.ts";
import { openSocket } from "./sockets.ts";
import { median } from "./stats.ts";
import { serveWorker, type Workerd } from "./workerd.ts";
import type { BenchWorld } from "./world.ts";

/** How the gateway holds a socket: out of its own hands, or between both ends so that it can cut it. */
export const SOCKET_KINDS = [
  { name: "passed", title: "passed through", path: SIGNED_IN_PATH },
  { name: "revocable", title: "revocable", path: "/live" },
] as const;
export type SocketKind = (typeof SOCKET_KINDS)[number];

/** What sockets cost on which nothing is said. */
export interface MeasuredIdle {
  readonly readsPerSecond: number;
  /** CPU of workerd, of one core. */
  readonly cpuShare: number;
}
export type MeasuredIdleSockets = ReadonlyMap<SocketKind["name"], MeasuredIdle>;

export const IDLE_SOCKETS = 200;
/** The gateway's default. */
const POLL_MS = 500;
/** One poll of the ledger per user and interval, however many sockets the user has open. */
export const PROMISED_READS_PER_USER_SECOND = 1000 / POLL_MS;
/** What opening and closing sockets costs is over by then. */
const SETTLE_MS = 1_500;

const POLICY = JSON.stringify({
  version: 1,
  default: { require: "sign-in" },
  routes: [{ id: "live", match: { path: "/live" }, require: "sign-in", revocable: true }],
  reactions: [],
});

/**
 * Measures idle WebSockets of few users, `revocable` beside passed through, in turn on one gateway.
 *
 * @throws when the ledger is read more often than is promised, or a socket is closed.
 */
export async function measureIdleSockets(
  { gatewaySource, folder, identities }: Pick<BenchWorld, "gatewaySource" | "folder" | "identities">,
  { rounds, seconds }: Effort,
): Promise<MeasuredIdleSockets> {
  const gateway = await serveWorker(
    {
      ...gatewaySource,
      name: "idle-sockets",
      script: COUNTED_GATEWAY,
      modules: { "gateway.js": gatewaySource.script },
      policy: POLICY,
      settings: { ...gatewaySource.settings, REVOCABLE_POLL_MS: String(POLL_MS) },
    },
    folder,
  );
  try {
    const tokens = identities.users.map(({ token }) => token);
    const seen = SOCKET_KINDS.map((kind) => ({ kind, halves: [] as MeasuredIdle[] }));
    for (let round = 0; round < rounds; round += 1) {
      for (const { kind, halves } of round % 2 === 0 ? seen : seen.toReversed()) {
        halves.push(await idle(gateway, kind, tokens, seconds * 1000));
      }
    }
    return new Map(seen.map(({ kind, halves }) => [kind.name, medians(halves)]));
  } finally {
    await gateway.stop();
  }
}

/** The sockets are open before the time begins, and closed when it is over. */
async function idle(
  gateway: Workerd,
  { name, path, title }: SocketKind,
  tokens: readonly string[],
  durationMs: number,
): Promise<MeasuredIdle> {
  const sockets: WebSocket[] = [];
  try {
    for (let index = 0; index < IDLE_SOCKETS; index += 1) {
      const token = tokens[index % tokens.length] ?? "";
      const headers = Object.fromEntries([["Host", PUBLIC_HOST], bearer(token)]);
      sockets.push(await openSocket(gateway.port, path, headers));
    }
    await pause(SETTLE_MS);
    await takeLedgerCalls(gateway.port);
    const cpuBefore = await gateway.cpuMicroseconds();
    const beganAtMs = performance.now();
    await pause(durationMs);
    const elapsedMs = performance.now() - beganAtMs;
    const cpu = (await gateway.cpuMicroseconds()) - cpuBefore;
    const reads = await takeLedgerCalls(gateway.port);
    if (sockets.some(({ readyState, OPEN }) => readyState !== OPEN)) {
      throw new Error(`a WebSocket that was ${title} did not stay open`);
    }
    // A time that begins in the middle of an interval may see one poll more.
    const most = name === "passed" ? 0 : tokens.length * (Math.ceil(elapsedMs / POLL_MS) + 1);
    if (reads > most || (name === "revocable" && reads === 0)) {
      throw new Error(
        `${IDLE_SOCKETS} WebSockets ${title} had the ledger read ${reads} times, ${most} are promised`,
      );
    }
    return { readsPerSecond: (reads * 1000) / elapsedMs, cpuShare: cpu / 1000 / elapsedMs };
  } finally {
    sockets.forEach((socket) => socket.terminate());
  }
}

function medians(halves: readonly MeasuredIdle[]): MeasuredIdle {
  return {
    readsPerSecond: median(halves.map(({ readsPerSecond }) => readsPerSecond)),
    cpuShare: median(halves.map(({ cpuShare }) => cpuShare)),
  };
}

function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, forMs);
  });
}
