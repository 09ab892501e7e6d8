import { randomUUID } from "node:crypto";
import { deliver, type Receiver } from "./deliver.ts";
import { PROBE_PREFIX } from "./expected.ts";
import type { OutsideServices } from "./outside.ts";
import { BAD_POLICY, POLICY } from "./policy.ts";
import type { Pool } from "./pool.ts";
import type { SoakWorkers } from "./workers.ts";

/** What a soak is disrupted with. */
export interface Disrupted {
  readonly workers: SoakWorkers;
  readonly pool: Pool;
  readonly outside: OutsideServices;
  readonly receiver: Receiver;
  /** How often the webhook Worker has read the bad policy, and the good one. */
  readonly badReads: () => number;
  readonly goodReads: () => number;
  /** How often it failed to read any. */
  readonly failedReads: () => number;
  /** Called when the Workers are back after a kill. */
  readonly onRestart: () => Promise<void>;
  readonly say: (what: string) => void;
  readonly nowMs: () => number;
}

const ASK_MS = 250;
const OUTAGE_MS = 3_000;
/** Some times as long as the policy's refresh: what was not noticed by then will not be. */
const PATIENCE_MS = 30_000;

/**
 * What goes wrong in each quarter of a soak, in this order:
 * 1. all services and the pool's keys are down, and a bad policy is pushed, until the webhook Worker has read it;
 * 2. both Workers are killed;
 * 3. both are killed with a bad policy pushed, which is what they find when they start;
 * 4. both are killed, and the webhook Worker cannot read the policy when it starts.
 */
export function disruptions(of: Disrupted): readonly (() => Promise<void>)[] {
  return [
    () => outage(of),
    () => restart(of, "killing both Workers"),
    async () => {
      await of.workers.pushPolicy(BAD_POLICY);
      await restart(of, "killing both Workers with a bad policy pushed", () => untilMore(of, of.badReads));
      await mend(of);
    },
    async () => {
      await restart(
        of,
        "killing both Workers while the policy store is down",
        () => untilMore(of, of.failedReads),
        true,
      );
      await of.workers.tell("store-up");
      await untilMore(of, of.goodReads, 0);
    },
  ];
}

async function outage(of: Disrupted): Promise<void> {
  const { workers, pool, outside } = of;
  const all = [pool, outside.alerts, outside.pool, outside.authsignal];
  of.say("everything outside is down, and a bad policy is pushed");
  for (const service of all) {
    service.setDown(true);
  }
  await workers.pushPolicy(BAD_POLICY);
  await untilMore(of, of.badReads);
  await mend(of);
  for (const service of all) {
    service.setDown(false);
  }
}

async function mend(of: Disrupted): Promise<void> {
  await of.workers.pushPolicy(POLICY);
  await untilMore(of, of.goodReads, 0);
}

/** @param meanwhile goes on beside what comes after a restart. */
async function restart(
  { workers, say, onRestart }: Disrupted,
  what: string,
  meanwhile?: () => Promise<void>,
  isPolicyStoreDown = false,
): Promise<void> {
  say(what);
  await workers.restart(isPolicyStoreDown);
  await Promise.all([onRestart(), meanwhile?.()]);
}

/** Waits until a number has grown and some time has gone by, with deliveries that make the Worker look at its policy. */
async function untilMore(
  { receiver, nowMs }: Disrupted,
  count: () => number,
  atLeastMs = OUTAGE_MS,
): Promise<void> {
  const before = count();
  const fromMs = nowMs();
  const isOver = () => {
    const goneMs = nowMs() - fromMs;
    return (count() > before && goneMs >= atLeastMs) || goneMs >= PATIENCE_MS;
  };
  while (!isOver()) {
    const event = {
      id: `${PROBE_PREFIX}${randomUUID()}`,
      sub: randomUUID(),
      kind: "log",
      atMs: nowMs(),
    } as const;
    // Ends by itself: a Worker without a policy refuses deliveries, and this would go on for ever.
    await Promise.race([deliver([event], receiver), sleep(ASK_MS * 4)]);
    await sleep(ASK_MS);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
