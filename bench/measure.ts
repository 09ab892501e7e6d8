import type { Scenario } from "./scenarios.ts";
import { estimateMedian, median, type Estimate } from "./stats.ts";
import type { Workerd } from "./workerd.ts";
import type { BenchWorld } from "./world.ts";

/** How long a scenario is measured. */
export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
}

/** The gateway beside the bare Worker in one scenario. */
export interface Measured {
  readonly cpuRatio: Estimate;
  readonly throughputRatio: Estimate;
  /** Medians, for orientation: they are this machine's, at this hour. */
  readonly bare: Absolute;
  readonly gateway: Absolute;
}

export interface Absolute {
  readonly cpuMicroseconds: number;
  readonly perSecond: number;
}

const CONNECTIONS = 16;
const WARM_UP_MS = 3_000;

/**
 * Measures one scenario in alternating rounds; each round's two halves follow one another at once and change places
 * from round to round, so that whatever else the machine does falls on both.
 */
export async function measure(scenario: Scenario, world: BenchWorld, effort: Effort): Promise<Measured> {
  const { bare, gateway, generator, identities } = world;
  const requests = await scenario.requests(identities);
  await generator.use(requests);
  let sent = 0;

  async function half(server: Workerd, durationMs: number): Promise<Absolute> {
    const cpuBefore = await server.cpuMicroseconds();
    const order = { port: server.port, connections: CONNECTIONS, durationMs, start: sent };
    const { answers, elapsedMs } = await generator.run(order);
    const used = (await server.cpuMicroseconds()) - cpuBefore;
    sent += server === gateway ? answers : 0;
    return { cpuMicroseconds: used / answers, perSecond: (answers * 1000) / elapsedMs };
  }

  await half(bare, WARM_UP_MS);
  await half(gateway, WARM_UP_MS);
  const bares: Absolute[] = [];
  const gateways: Absolute[] = [];
  for (let round = 0; round < effort.rounds; round += 1) {
    const bareFirst = round % 2 === 0;
    for (const isBare of [bareFirst, !bareFirst]) {
      (isBare ? bares : gateways).push(await half(isBare ? bare : gateway, effort.seconds * 1000));
    }
  }
  return {
    cpuRatio: ratio(gateways, bares, "cpuMicroseconds"),
    throughputRatio: ratio(gateways, bares, "perSecond"),
    bare: medians(bares),
    gateway: medians(gateways),
  };
}

function ratio(over: readonly Absolute[], under: readonly Absolute[], of: keyof Absolute): Estimate {
  const ratios = over.map((value, round) => value[of] / (under[round]?.[of] ?? Number.NaN));
  return estimateMedian(ratios, Math.random);
}

function medians(values: readonly Absolute[]): Absolute {
  return {
    cpuMicroseconds: median(values.map(({ cpuMicroseconds }) => cpuMicroseconds)),
    perSecond: median(values.map(({ perSecond }) => perSecond)),
  };
}
