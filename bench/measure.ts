import type { Scenario } from "./scenarios.ts";
import { estimateMedian, median, type Estimate } from "./stats.ts";
import type { BenchWorld } from "./world.ts";

/** How long a scenario is measured. */
export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
}

/** The gateway, or a peer in its place, beside the bare Worker. */
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

/** What is measured: a server and its processes' account of CPU time. */
export interface Server {
  readonly port: number;
  /** CPU time used so far, in microseconds. */
  cpuMicroseconds(): Promise<number>;
}

/** Loads one server for so long and says what came of it. */
export type Load = (
  server: Server,
  durationMs: number,
) => Promise<{ readonly answers: number; readonly elapsedMs: number }>;

/** Measures the gateway in one scenario. */
export async function measure(scenario: Scenario, world: BenchWorld, effort: Effort): Promise<Measured> {
  await world.generator.use(await scenario.requests(world.identities));
  return alternate(world.bare, world.gateway, requestLoad(world, world.gateway), effort);
}

/** Load with the generator's requests; `measured` goes on in the list where its last round ended. */
export function requestLoad({ generator }: Pick<BenchWorld, "generator">, measured: Server): Load {
  let sent = 0;
  return async (server, durationMs) => {
    const result = await generator.run({
      port: server.port,
      connections: CONNECTIONS,
      durationMs,
      start: sent,
    });
    sent += server === measured ? result.answers : 0;
    return result;
  };
}

/**
 * Measures a server beside the bare Worker in alternating rounds; each round's two halves follow one another at once
 * and change places from round to round, so that whatever else the machine does falls on both.
 */
export async function alternate(
  bare: Server,
  measured: Server,
  load: Load,
  effort: Effort,
): Promise<Measured> {
  async function half(server: Server, durationMs: number): Promise<Absolute> {
    const cpuBefore = await server.cpuMicroseconds();
    const { answers, elapsedMs } = await load(server, durationMs);
    const used = (await server.cpuMicroseconds()) - cpuBefore;
    return { cpuMicroseconds: used / answers, perSecond: (answers * 1000) / elapsedMs };
  }

  await half(bare, WARM_UP_MS);
  await half(measured, WARM_UP_MS);
  const bares: Absolute[] = [];
  const others: Absolute[] = [];
  for (let round = 0; round < effort.rounds; round += 1) {
    const bareFirst = round % 2 === 0;
    for (const isBare of [bareFirst, !bareFirst]) {
      (isBare ? bares : others).push(await half(isBare ? bare : measured, effort.seconds * 1000));
    }
  }
  return {
    cpuRatio: ratio(others, bares, "cpuMicroseconds"),
    throughputRatio: ratio(others, bares, "perSecond"),
    bare: medians(bares),
    gateway: medians(others),
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
