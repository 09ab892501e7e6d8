/** The numbers of a soak. */
export interface SoakReport {
  /** Events, each counted once. */
  readonly sent: number;
  /** Of these, with every effect there. */
  readonly applied: number;
  readonly lost: number;
  /** Effects that the ledger applied more than once, that were done elsewhere again without an excuse, or that nothing called for. */
  readonly twice: number;
  /** From the 200 to a delivery to the last request of that user that still went through. */
  readonly revocationP99Ms: number;
  /** The same, the longest of those whose ledger was made to fail. */
  readonly slowestMs: number;
  /** What went wrong on the way, as it should in a soak. */
  readonly restarts: number;
  readonly failedDeliveries: number;
  /** How often each dependency was made to fail, by its name and the way. */
  readonly failures: Readonly<Record<string, number>>;
  /** Effects that were done again with an excuse. */
  readonly excused: number;
  /** What a queue on disk would have kept over a restart, and was delivered again. */
  readonly redelivered: number;
  /** Everything that is not as it must be. */
  readonly problems: readonly string[];
}

/** The dependencies that a soak makes fail; one that never failed has shown nothing. */
export const DEPENDENCIES = [
  "alerts",
  "Cognito",
  "Authsignal",
  "EVENTS.sendBatch",
  "queue",
  "LEDGER.react",
  "LEDGER.finishEffects",
  "POLICY.get",
] as const;

/** Those of the dependencies that never failed. Pure. */
export function spared(failures: SoakReport["failures"]): readonly string[] {
  return DEPENDENCIES.filter((name) => !Object.keys(failures).some((key) => key.startsWith(`${name} `)));
}

/** 1 when anything is not as it must be, else 0. Pure. */
export function exitCodeOf({ problems, lost, twice }: SoakReport): number {
  return problems.length === 0 && lost === 0 && twice === 0 ? 0 : 1;
}

/** The line that `--json` ends with. Pure. */
export function jsonOf({ sent, applied, lost, twice, revocationP99Ms }: SoakReport): string {
  return JSON.stringify({ sent, applied, lost, twice, revocationP99Ms });
}

/** The numbers in words. Pure. */
export function summaryOf(report: SoakReport): string {
  const failures = Object.entries(report.failures).toSorted(([a], [b]) => a.localeCompare(b));
  return [
    `${report.sent} events sent, ${report.applied} applied, ${report.lost} lost, ${report.twice} effects twice.`,
    `A revocation was in force ${report.revocationP99Ms} ms after its event was accepted (99th percentile); where the ledger failed, ${report.slowestMs} ms at most.`,
    `On the way: ${report.restarts} restarts, ${report.failedDeliveries} failed deliveries, ${report.redelivered} events delivered again after a restart, ${report.excused} effects done again after an answer was lost.`,
    `Made to fail: ${failures.map(([name, times]) => `${name} ${times}`).join(", ")}.`,
  ].join("\n");
}

/** The 99th percentile, in whole milliseconds; 0 of nothing. Pure. */
export function p99(lagsMs: readonly number[]): number {
  return Math.ceil(lagsMs.toSorted((a, b) => a - b)[Math.floor(lagsMs.length * 0.99)] ?? 0);
}
