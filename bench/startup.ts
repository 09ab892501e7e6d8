import { get } from "./request.ts";
import { serveWorker, type WorkerSource } from "./workerd.ts";
import type { BenchWorld } from "./world.ts";

/** Gateway over empty Worker, from the process's start to the first whole answer. */
export interface MeasuredStartup {
  readonly startupMs: number;
  readonly emptyMs: number;
  readonly gatewayMs: number;
}

const TRIES = 9;
/** Answered by the gateway itself once configuration, keys and policy are there. */
const READY_PATH = "/.sallyport/health";

const EMPTY: WorkerSource = {
  name: "nothing",
  script: `export default { fetch() { return new Response("ok"); } };`,
  settings: {},
  hasBindings: false,
};

/** Starts each Worker several times in turn and takes the quickest of each: everything slower is the machine's doing. */
export async function measureStartup({ folder, gatewaySource }: BenchWorld): Promise<MeasuredStartup> {
  const source = { ...gatewaySource, name: "start-up" };
  let emptyMs = Number.POSITIVE_INFINITY;
  let gatewayMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    emptyMs = Math.min(emptyMs, await firstAnswerMs(EMPTY, folder));
    gatewayMs = Math.min(gatewayMs, await firstAnswerMs(source, folder));
  }
  return { startupMs: gatewayMs - emptyMs, emptyMs, gatewayMs };
}

async function firstAnswerMs(source: WorkerSource, folder: string): Promise<number> {
  const server = await serveWorker(source, folder);
  try {
    const answer = await get(server.port, READY_PATH, []);
    const tookMs = performance.now() - server.spawnedAtMs;
    if (answer.status !== 200) {
      throw new Error(`a new Worker answered ${answer.status}: ${answer.body.slice(0, 200)}`);
    }
    return tookMs;
  } finally {
    await server.stop();
  }
}
