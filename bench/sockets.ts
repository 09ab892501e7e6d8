import { once } from "node:events";
import { WebSocket } from "ws";
import { alternate, type Effort, type Measured, type Server } from "./measure.ts";
import { PUBLIC_HOST } from "./request.ts";
import { bearer, SIGNED_IN_PATH } from "./scenarios.ts";
import type { BenchWorld } from "./world.ts";

const CONNECTIONS = 16;
const MESSAGE = "x".repeat(100);
const STALLED_MS = 10_000;

/** Measures echoed messages over open WebSockets that a bearer token let in, passed through by both Workers. */
export function measureSockets(
  { bare, gateway, identities }: Pick<BenchWorld, "bare" | "gateway" | "identities">,
  effort: Effort,
): Promise<Measured> {
  const headers = Object.fromEntries([
    ["Host", PUBLIC_HOST],
    ...identities.users.slice(0, 1).map(({ token }) => bearer(token)),
  ]);
  return alternate(bare, gateway, (server, durationMs) => roundTrips(server, durationMs, headers), effort);
}

/** The connections are opened before the time begins; each has one message on its way. */
async function roundTrips(
  { port }: Server,
  durationMs: number,
  headers: Record<string, string>,
): Promise<{ answers: number; elapsedMs: number }> {
  const sockets = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => openSocket(port, SIGNED_IN_PATH, headers)),
  );
  try {
    const beganAtMs = performance.now();
    const counts = await Promise.all(sockets.map((socket) => echoes(socket, beganAtMs + durationMs)));
    return {
      answers: counts.reduce((sum, count) => sum + count, 0),
      elapsedMs: performance.now() - beganAtMs,
    };
  } finally {
    for (const socket of sockets) {
      socket.terminate();
    }
  }
}

/** Opens a WebSocket; resolves when it is open. */
export async function openSocket(
  port: number,
  path: string,
  headers: Record<string, string>,
): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
  await once(socket, "open");
  return socket;
}

function echoes(socket: WebSocket, endsAtMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let count = 0;
    const stalled = setTimeout(
      () => reject(new Error("a WebSocket stalled")),
      endsAtMs - performance.now() + STALLED_MS,
    );
    function end(problem?: string) {
      clearTimeout(stalled);
      return problem === undefined ? resolve(count) : reject(new Error(problem));
    }
    socket.once("error", ({ message }) => end(message));
    socket.once("close", () => end("a WebSocket was closed under load"));
    socket.on("message", (data) => {
      if (!(data instanceof Buffer) || data.toString() !== MESSAGE) {
        return end("a message came back changed");
      }
      count += 1;
      return performance.now() < endsAtMs ? socket.send(MESSAGE) : end();
    });
    socket.send(MESSAGE);
  });
}
