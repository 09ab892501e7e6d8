import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "./check.ts";
import { deliver } from "./deliver.ts";
import { deliveriesOf, planOf, type PlannedEvent } from "./plan.ts";
import { startPool } from "./pool.ts";
import { probe } from "./probe.ts";
import { startSink } from "./sink.ts";
import { LOG_REACTION, POLICY, REACTION, startWorkers } from "./workers.ts";

/** The numbers of a soak. */
export interface SoakReport {
  /** Events, each counted once. */
  readonly sent: number;
  /** Of these, with every effect there. */
  readonly applied: number;
  readonly lost: number;
  /** Effects that the ledger applied, or alerts that came under another name, more than once. */
  readonly twice: number;
  /** From the 200 to a delivery to the last request of that user that still went through. */
  readonly revocationP99Ms: number;
  /** What went wrong on the way, as it should in a soak. */
  readonly restarts: number;
  readonly failedDeliveries: number;
  readonly failedAlerts: number;
  /** What a queue on disk would have kept over a restart, and was delivered again. */
  readonly redelivered: number;
  /** The first few things that are not as they must be. */
  readonly problems: readonly string[];
}

const IN_FLIGHT = 24;
const EVENTS_PER_USER = 20;
const RESTARTS = 3;
const PROBES = 50;
const OUTAGE_MS = 3_000;
/** Longer than the wait before a fourth try, with its jitter (consume.ts): after so long without any, none will come. */
const QUIET_MS = 90_000;
const SETTLED_MS = 250;

/**
 * Sends events with duplicates, disorder, broken deliveries and failing dependencies, restarts both Workers in the
 * middle, and compares the end with what must be.
 *
 * @param say hears how it goes on.
 */
export async function soak(
  count: number,
  random: () => number,
  say: (what: string) => void,
): Promise<SoakReport> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-soak-"));
  const [pool, sink] = await Promise.all([startPool(), startSink(random)]);
  say("building and starting both Workers");
  const workers = await startWorkers(pool, sink.url, folder);
  try {
    const users = Math.max(10, Math.ceil(count / EVENTS_PER_USER));
    const plan = planOf(count, users, Date.now(), random);
    const receiver = { url: workers.webhooksUrl, secret: workers.secret, random };
    const accepted = new Set<PlannedEvent>();
    const lags: number[] = [];
    const total = plan.deliveries.length;
    const restartAt = new Set(
      Array.from({ length: RESTARTS }, (_, index) => Math.floor((total * (index + 1)) / (RESTARTS + 1))),
    );
    const probeEvery = Math.max(1, Math.floor(total / PROBES));
    let failedDeliveries = 0;
    let redelivered = 0;
    let next = 0;

    // Added in one step: others add meanwhile.
    const noteFailures = (failures: number) => {
      failedDeliveries += failures;
    };
    const alertOf = (event: PlannedEvent) =>
      `${event.id}/${event.kind === "deleted" ? REACTION : LOG_REACTION}`;

    /** Another worker goes on sending meanwhile: what is under way is cut off. */
    async function restart(): Promise<void> {
      say(`restarting both Workers after ${accepted.size} events`);
      await workers.restart();
      // Miniflare's queues live in memory. A deployed queue would still hold these.
      const waiting = [...accepted].filter((event) => !sink.accepted.has(alertOf(event)));
      const again = deliveriesOf(waiting).values();
      await Promise.all(
        Array.from({ length: IN_FLIGHT }, async () => {
          // One iterator for all: each takes the next.
          for (const delivery of again) {
            noteFailures(await deliver(delivery, receiver));
          }
        }),
      );
      redelivered += waiting.length;
    }

    async function outage(): Promise<void> {
      sink.setDown(true);
      pool.setDown(true);
      await workers.pushPolicy("{ this is no policy");
      await new Promise((resolve) => {
        setTimeout(resolve, OUTAGE_MS);
      });
      await workers.pushPolicy(POLICY);
      sink.setDown(false);
      pool.setDown(false);
    }

    async function send(): Promise<void> {
      for (let index = next++; index < total; index = next++) {
        const delivery = plan.deliveries[index] ?? [];
        if (restartAt.has(index)) {
          await restart();
        }
        noteFailures(await deliver(delivery, receiver));
        for (const event of delivery) {
          accepted.add(event);
        }
        if (index % probeEvery === 0) {
          lags.push(await probe(pool, workers, receiver));
        }
        if (index > 0 && index % Math.ceil(total / 10) === 0) {
          say(`${accepted.size} of ${count} events accepted, ${sink.accepted.size} alerts arrived`);
        }
      }
    }

    say(`sending ${count} events of ${users} users in ${total} deliveries`);
    const outages = outage();
    await Promise.all(Array.from({ length: IN_FLIGHT }, send));
    await outages;
    say("everything was accepted; waiting for the last alerts");
    await settled(
      () => sink.accepted.size,
      () => plan.events.every((event) => sink.accepted.has(alertOf(event))),
    );
    say("comparing every user and every event");
    const found = await check(plan, pool, workers.gatewayUrl, (event) => sink.accepted.has(alertOf(event)));
    const twice = [...workers.applied].filter(([, times]) => times > 1);
    const known = new Set(plan.events.map(alertOf));
    const strangers = [...sink.accepted.keys()].filter((id) => !known.has(id) && !id.startsWith("probe-"));
    return {
      sent: plan.events.length,
      applied: plan.events.length - found.lost,
      lost: found.lost,
      twice: twice.length + strangers.length,
      revocationP99Ms: Math.ceil(lags.toSorted((a, b) => a - b)[Math.floor(lags.length * 0.99)] ?? 0),
      restarts: RESTARTS,
      failedDeliveries,
      failedAlerts: sink.failures(),
      redelivered,
      problems: [
        ...found.problems,
        ...twice.map(([effect, times]) => `${effect} was applied ${times} times`),
        ...strangers.map((id) => `an alert ${id} nobody sent`),
      ].slice(0, 20),
    };
  } finally {
    await workers.close();
    await Promise.all([pool.close(), sink.close()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Waits until everything is there, or nothing more has come for a long time. */
async function settled(count: () => number, isDone: () => boolean): Promise<void> {
  let seen = count();
  for (let changedAtMs = Date.now(); !isDone() && Date.now() - changedAtMs < QUIET_MS;) {
    await new Promise((resolve) => {
      setTimeout(resolve, SETTLED_MS);
    });
    if (count() !== seen) {
      seen = count();
      changedAtMs = Date.now();
    }
  }
}
