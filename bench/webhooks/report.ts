import { median } from "../stats.ts";
import { KINDS, type Round } from "./rounds.ts";
import type { Sent } from "./sending.ts";

/** The line of JSON. */
export interface WebhookNumbers {
  readonly aloneP50Ms: number;
  readonly aloneP99Ms: number;
  readonly floodedP50Ms: number;
  readonly floodedP99Ms: number;
  /** The median of the rounds' own 99th percentiles: one stall of the machine spoils one round. */
  readonly floodedMedianP99Ms: number;
  /** The same of a Worker that only verifies. */
  readonly bareP99Ms: number;
  readonly bareMedianP99Ms: number;
  readonly forgedPerSecond: number;
  readonly lost: number;
  /** Queue messages beyond one for each true delivery. */
  readonly strayMessages: number;
}

/** What the rounds come to. */
export function numbersOf(rounds: readonly Round[]): WebhookNumbers {
  const [alone, flooded, bare] = KINDS.map((kind) => rounds.filter((round) => round.kind === kind));
  const own = rounds.filter(({ kind }) => kind !== "bare");
  return {
    aloneP50Ms: at(tookBy(alone), 0.5),
    aloneP99Ms: at(tookBy(alone), 0.99),
    floodedP50Ms: at(tookBy(flooded), 0.5),
    floodedP99Ms: at(tookBy(flooded), 0.99),
    floodedMedianP99Ms: medianP99(flooded),
    bareP99Ms: at(tookBy(bare), 0.99),
    bareMedianP99Ms: medianP99(bare),
    forgedPerSecond: Math.round(median((flooded ?? []).map(forgedRate))),
    lost: sum(own.map(({ valid }) => valid.sent - accepted(valid))),
    strayMessages: sum(own.map(({ valid, queued }) => queued - accepted(valid))),
  };
}

/** The table for people: each round, then the whole. */
export function tableOf(rounds: readonly Round[], numbers: WebhookNumbers): string {
  const lines = rounds.map((round) => {
    const { kind, valid, forged, queued, acknowledged, cpuShare, machineP99Ms } = round;
    return [
      kind.padEnd(7),
      (forged === undefined ? "" : `${Math.round(forgedRate(round))} forged/s`).padEnd(13),
      `${accepted(valid)} of ${valid.sent}`.padEnd(10),
      `p50 ${at(valid.tookMs, 0.5)}`.padEnd(10),
      `p99 ${at(valid.tookMs, 0.99)} ms`.padEnd(14),
      `queue ${queued}, done ${acknowledged}`.padEnd(22),
      `cpu ${Math.round(cpuShare * 100)} %`.padEnd(10),
      `machine ${machineP99Ms.toFixed(1)} ms`.padEnd(17),
      forged === undefined ? "" : answersOf(forged.statuses),
    ].join("  ");
  });
  const { aloneP50Ms, aloneP99Ms, floodedP50Ms, floodedP99Ms, floodedMedianP99Ms } = numbers;
  const { bareP99Ms, bareMedianP99Ms, forgedPerSecond } = numbers;
  return [
    ...lines,
    "",
    `receipt to 200, alone:             p50 ${aloneP50Ms} ms, p99 ${aloneP99Ms} ms (budget 50)`,
    `receipt to 200, beside the flood:  p50 ${floodedP50Ms} ms, p99 ${floodedP99Ms} ms (budget 50); median of the rounds' p99 ${floodedMedianP99Ms} ms`,
    `a Worker that only verifies:       p99 ${bareP99Ms} ms; median of the rounds' p99 ${bareMedianP99Ms} ms`,
    `forged deliveries reached:         ${forgedPerSecond}/s`,
    `true deliveries lost: ${numbers.lost}; queue messages beyond one for each: ${numbers.strayMessages}`,
  ].join("\n");
}

function answersOf(statuses: Readonly<Record<string, number>>): string {
  return Object.entries(statuses)
    .map(([status, count]) => `${count} x ${status === "0" ? "cut" : status}`)
    .join(", ");
}

function accepted({ statuses }: Sent): number {
  return statuses["200"] ?? 0;
}

function medianP99(rounds: readonly Round[] = []): number {
  return rounded(median(rounds.map(({ valid }) => at(valid.tookMs, 0.99))));
}

function forgedRate({ forged }: Round): number {
  return forged === undefined ? 0 : (forged.sent * 1000) / forged.elapsedMs;
}

function tookBy(rounds: readonly Round[] = []): number[] {
  return rounds.flatMap(({ valid }) => valid.tookMs);
}

/** The value that such a share of all lies below, to a tenth. */
export function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return rounded(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
