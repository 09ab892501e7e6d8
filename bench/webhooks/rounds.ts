import { randomUUID } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { startChild, type Child } from "../child.ts";
import type { SendingOrder } from "./sender.ts";
import type { Sent } from "./sending.ts";
import type { WebhookWorld } from "./world.ts";

/** How it is measured. */
export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
  readonly forgedPerSecond: number;
  readonly validPerSecond: number;
  /** That the flood comes from; 0: nobody says from where. */
  readonly networks: number;
}

/** True deliveries alone, beside the flood, or beside the flood to a Worker that only verifies. */
export const KINDS = ["alone", "flooded", "bare"] as const;
export type Kind = (typeof KINDS)[number];

/** One round. */
export interface Round {
  readonly kind: Kind;
  readonly valid: Sent;
  /** Absent without a flood. */
  readonly forged?: Sent;
  /** Messages that came into the queue, and those that the consumer acknowledged. */
  readonly queued: number;
  readonly acknowledged: number;
  /** CPU of workerd, of one core. */
  readonly cpuShare: number;
  /** How late a timer of a process that does nothing else was, at the 99th percentile: what the machine itself costs. */
  readonly machineP99Ms: number;
}

const USERS = 50;
const WARM_MS = 3_000;
const NANOSECONDS_PER_MS = 1e6;
/** A round's last messages are consumed after its last answer. */
const SETTLE_TRIES = 200;
const SETTLE_MS = 25;

/** Runs rounds of each kind in turn; true and forged deliveries come from processes of their own. */
export async function measureRounds(
  world: WebhookWorld,
  { rounds, seconds, forgedPerSecond, validPerSecond, networks }: Effort,
  say: (what: string) => void,
): Promise<Round[]> {
  const [truth, flood] = [startChild("./webhooks/sender.ts"), startChild("./webhooks/sender.ts")];
  const { secret } = world;
  const durationMs = seconds * 1000;
  const subs = Array.from({ length: USERS }, () => randomUUID());

  const orders = (kind: Kind, forMs: number) => {
    const { port } = kind === "bare" ? world.bare : world.workerd;
    return {
      truth: { port, secret, perSecond: validPerSecond, subs, networks, durationMs: forMs },
      flood: { port, secret, perSecond: forgedPerSecond, networks, durationMs: forMs },
    };
  };

  async function round(kind: Kind): Promise<Round> {
    const { cpuMicroseconds } = kind === "bare" ? world.bare : world.workerd;
    const order = orders(kind, durationMs);
    const before = await world.counts();
    const cpuBefore = await cpuMicroseconds();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const forging = kind === "alone" ? undefined : give(flood, order.flood);
    const valid = await give(truth, order.truth);
    const forged = await forging;
    delay.disable();
    const cpu = (await cpuMicroseconds()) - cpuBefore;
    const counts = await settled(world, kind === "bare" ? 0 : before.acknowledged + valid.sent);
    return {
      kind,
      valid,
      ...(forged === undefined ? {} : { forged }),
      queued: counts.messages - before.messages,
      acknowledged: counts.acknowledged - before.acknowledged,
      cpuShare: cpu / 1000 / valid.elapsedMs,
      machineP99Ms: delay.percentile(99) / NANOSECONDS_PER_MS,
    };
  }

  try {
    say("warming up");
    for (const kind of ["flooded", "bare"] as const) {
      // A user's first event makes their ledger.
      await give(truth, orders(kind, WARM_MS).truth);
      await give(flood, orders(kind, WARM_MS).flood);
    }
    const all: Round[] = [];
    for (let index = 0; index < rounds; index += 1) {
      // In turn forwards and backwards, so that none is always the later one.
      for (const kind of index % 2 === 0 ? KINDS : KINDS.toReversed()) {
        say(`round ${index + 1} of ${rounds}, ${kind}`);
        all.push(await round(kind));
      }
    }
    return all;
  } finally {
    await Promise.all([truth.stop(), flood.stop()]);
  }
}

async function give(sender: Child, order: SendingOrder): Promise<Sent> {
  sender.send(order);
  // sender.ts answers an order with what came of it and nothing else.
  const { sent } = (await sender.receive()) as { sent: Sent };
  return sent;
}

async function settled(world: WebhookWorld, expected: number) {
  let counts = await world.counts();
  for (let tries = 0; counts.acknowledged < expected && tries < SETTLE_TRIES; tries += 1) {
    await new Promise((resolve) => {
      setTimeout(resolve, SETTLE_MS);
    });
    counts = await world.counts();
  }
  return counts;
}
