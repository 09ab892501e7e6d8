import { laneTo, type Lane } from "./lane.ts";

/** What came of sending at a steady rate. */
export interface Sent {
  readonly sent: number;
  readonly elapsedMs: number;
  /** Answers by status; 0 is a connection that broke. */
  readonly statuses: Readonly<Record<string, number>>;
  /** From the first byte of each request to the last of its answer; empty unless asked for. */
  readonly tookMs: readonly number[];
}

const TICK_MS = 2;

/**
 * Sends at a rate, whatever the answers do (an open loop): each on a lane that is free, on a new one while there are
 * fewer than `maxLanes`. What finds none waits, and the rate is then not reached.
 */
export async function sendAtRate(options: {
  readonly port: number;
  readonly perSecond: number;
  readonly durationMs: number;
  readonly maxLanes: number;
  readonly next: () => Buffer;
  readonly timed: boolean;
}): Promise<Sent> {
  const { port, perSecond, durationMs, maxLanes, next, timed } = options;
  const free: Lane[] = [];
  const all: Lane[] = [];
  const statuses: Record<string, number> = {};
  const tookMs: number[] = [];
  const underWay = new Set<Promise<void>>();
  let sent = 0;

  function lane(): Lane | undefined {
    const found = free.pop();
    if (found !== undefined || all.length >= maxLanes) {
      return found;
    }
    const made = laneTo(port);
    all.push(made);
    return made;
  }

  async function sendOn(taken: Lane): Promise<void> {
    const request = next();
    const beganAtMs = performance.now();
    const status = await taken.send(request);
    if (timed) {
      tookMs.push(performance.now() - beganAtMs);
    }
    statuses[status] = (statuses[status] ?? 0) + 1;
    free.push(taken);
  }

  const beganAtMs = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = Math.min(performance.now() - beganAtMs, durationMs);
      const due = Math.floor((elapsedMs * perSecond) / 1000);
      while (sent < due) {
        const taken = lane();
        if (taken === undefined) {
          break;
        }
        sent += 1;
        const one = sendOn(taken);
        underWay.add(one);
        void one.finally(() => underWay.delete(one));
      }
      if (elapsedMs >= durationMs) {
        clearInterval(timer);
        resolve();
      }
    }, TICK_MS);
  });
  const elapsedMs = performance.now() - beganAtMs;
  await Promise.all(underWay);
  for (const one of all) {
    one.close();
  }
  return { sent, elapsedMs, statuses, tookMs };
}
