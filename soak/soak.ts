import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "./check.ts";
import { deliver, deliveryMishaps } from "./deliver.ts";
import { disruptions } from "./disruptions.ts";
import { effects } from "./effects.ts";
import { compare, isComplete } from "./expected.ts";
import type { Note } from "./faulty/notes.ts";
import { startOutside, type OutsideServices } from "./outside.ts";
import { inTurn } from "./phases.ts";
import { deliveriesOf, planOf, type Plan, type PlannedDelivery, type PlannedEvent } from "./plan.ts";
import { BAD_POLICY, POLICY } from "./policy.ts";
import { startPool } from "./pool.ts";
import { probe, type Probed } from "./probe.ts";
import { p99, spared, type SoakReport } from "./report.ts";
import { settled } from "./settled.ts";
import { startWorkers } from "./workers.ts";

const IN_FLIGHT = 24;
const EVENTS_PER_USER = 20;
const MIN_USERS = 30;
const RESTARTS = 3;
const PROBES = 50;
/** From this one on the Workers start without a policy (disruptions.ts). */
const QUARTER_WITHOUT_POLICY = 2;
/** With fewer, chance may spare a dependency. */
const ENOUGH_EVENTS = 200;
/** So long after the last delivery nothing fails any more, or some would be tried for half an hour. */
const CALM_AFTER_MS = 45_000;

/**
 * Sends events with duplicates, disorder, broken deliveries and failing dependencies, kills both Workers in the
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
  const seen = effects();
  const failures = new Map<string, number>();
  const acknowledged = new Set<string>();
  const ledgerFailed = new Set<string>();
  const reads = { bad: 0, good: 0 };

  const countFailure = (name: string, times = 1) => failures.set(name, (failures.get(name) ?? 0) + times);
  function onNote(note: Note): void {
    switch (note.soak) {
      case "failed":
        countFailure(`${note.of} ${note.way}`);
        note.ids?.forEach((id) => ledgerFailed.add(id));
        break;
      case "read":
        reads.bad += note.begin !== "" && BAD_POLICY.startsWith(note.begin) ? 1 : 0;
        reads.good += note.begin !== "" && POLICY.startsWith(note.begin) ? 1 : 0;
        break;
      case "acknowledged":
        acknowledged.add(note.id);
        break;
      case "remembered":
        note.marks.forEach(seen.remembered);
        break;
      case "forgotten":
        note.marks.forEach(seen.forgotten);
        break;
      default:
        note satisfies never;
    }
  }

  const [pool, outside] = await Promise.all([startPool(), startOutside({ random, onDone: seen.done })]);
  say("building and starting both Workers");
  const workers = await startWorkers(pool, outside, folder, onNote);
  try {
    const users = Math.max(MIN_USERS, Math.ceil(count / EVENTS_PER_USER));
    const plan = planOf(count, users, Date.now(), random);
    const mishap = deliveryMishaps(random);
    const receiver = { url: workers.webhooksUrl, secret: workers.secret, mishap };
    const accepted = new Set<PlannedEvent>();
    const probed: Probed[] = [];
    const total = plan.deliveries.length;
    const probeEvery = Math.max(1, Math.floor(total / PROBES));
    const done = () => new Set(seen.marks());
    let failedDeliveries = 0;
    let redelivered = 0;

    async function send(delivery: PlannedDelivery): Promise<void> {
      const failed = await deliver(delivery, receiver);
      // Added in one step: others add meanwhile.
      failedDeliveries += failed;
      for (const event of delivery) {
        accepted.add(event);
      }
    }

    /** Miniflare's queues live in memory. A deployed queue would still hold what was not acknowledged. */
    async function onRestart(): Promise<void> {
      seen.killed();
      const waiting = [...accepted].filter(({ id }) => !acknowledged.has(id));
      redelivered += waiting.length;
      await sideBySide(deliveriesOf(waiting), send);
    }

    const disrupting = disruptions({
      workers,
      pool,
      outside,
      receiver,
      badReads: () => reads.bad,
      goodReads: () => reads.good,
      failedReads: () => failures.get("POLICY.get refused") ?? 0,
      onRestart,
      say,
      nowMs: () => Date.now(),
    });
    const phases = inTurn(disrupting);
    let latestQuarter = 0;
    const quarterOf = (index: number) => Math.floor((index * disrupting.length) / total);

    say(`sending ${count} events of ${users} users in ${total} deliveries`);
    await sideBySide(plan.deliveries, async (delivery, index) => {
      const quarter = quarterOf(index);
      await phases.reach(quarter);
      latestQuarter = Math.max(latestQuarter, quarter);
      await send(delivery);
      // Without a policy nobody knows what to revoke: how soon is measured where there is one.
      if (index % probeEvery === 0 && quarter < QUARTER_WITHOUT_POLICY) {
        const lag = await probe(pool, workers, send);
        if (latestQuarter < QUARTER_WITHOUT_POLICY) {
          probed.push(lag);
        }
      }
      if (index > 0 && index % Math.ceil(total / 10) === 0) {
        say(`${index} of ${total} deliveries begun, ${seen.marks().length} effects elsewhere`);
      }
    });
    await phases.over();
    say("everything was accepted; waiting for the last effects");
    const calming = setTimeout(calm, CALM_AFTER_MS);
    await settled({
      count: () => acknowledged.size + seen.marks().length,
      openMessages: workers.openMessages,
      isComplete: () => isComplete(plan.events, done()),
    });
    clearTimeout(calming);
    say("comparing every user and every event");
    countServices(outside, countFailure);
    return await reportOf(plan);

    function calm(): void {
      for (const service of Object.values(outside)) {
        service.calm();
      }
      workers.tell("calm").catch(say);
    }

    async function reportOf({ events }: Plan): Promise<SoakReport> {
      const elsewhere = compare(events, done());
      const revocations = await check(plan, pool, workers.gatewayUrl);
      const lost = new Set([...elsewhere.lost, ...revocations.lost]);
      const applied = [...workers.applied].filter(([, times]) => times > 1);
      const twice = seen.twice();
      const all = Object.fromEntries(failures);
      const lagsWhere = (hasFailed: boolean) =>
        probed.filter(({ id }) => ledgerFailed.has(id) === hasFailed).map(({ lagMs }) => lagMs);
      return {
        sent: events.length,
        applied: events.length - lost.size,
        lost: lost.size,
        twice: applied.length + twice.length + elsewhere.strangers.length,
        revocationP99Ms: p99(lagsWhere(false)),
        slowestMs: Math.ceil(Math.max(0, ...lagsWhere(true))),
        restarts: RESTARTS,
        failedDeliveries,
        failures: all,
        excused: seen.excused(),
        redelivered,
        problems: [
          ...elsewhere.problems,
          ...revocations.problems,
          ...applied.map(([effect, times]) => `${effect} was applied ${times} times`),
          ...twice.map(([mark, times]) => `${mark} was done again ${times} times, without an excuse`),
          ...(count < ENOUGH_EVENTS ? [] : spared(all)).map(
            (name) => `${name} never failed: nothing was shown of it`,
          ),
        ],
      };
    }
  } finally {
    await workers.close();
    await Promise.all([pool, ...Object.values(outside)].map((service) => service.close()));
    await rm(folder, { recursive: true, force: true });
  }
}

/** As many at a time as are in flight, in order. */
async function sideBySide<T>(
  all: readonly T[],
  work: (one: T, index: number) => Promise<void>,
): Promise<void> {
  const entries = all.entries();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      // One iterator for all: each takes the next.
      for (const [index, one] of entries) {
        await work(one, index);
      }
    }),
  );
}

function countServices(
  { alerts, pool, authsignal }: OutsideServices,
  count: (name: string, times: number) => unknown,
): void {
  for (const [name, { failures }] of Object.entries({ alerts, Cognito: pool, Authsignal: authsignal })) {
    for (const [way, times] of failures) {
      count(`${name} ${way}`, times);
    }
  }
}
