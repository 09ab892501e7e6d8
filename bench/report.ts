import type { Measured } from "./measure.ts";
import {
  IDLE_SOCKETS,
  PROMISED_READS_PER_USER_SECOND,
  SOCKET_KINDS,
  type MeasuredIdleSockets,
} from "./revocable-sockets.ts";
import { BENCH_USERS } from "./identities.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import type { MeasuredStartup } from "./startup.ts";
import { STEP_UP_ROUTES, type MeasuredStepUp } from "./step-up.ts";
import type { Estimate } from "./stats.ts";
import type { Direction, MeasuredTransfer } from "./transfers.ts";

/** Everything that was measured; what was not asked for is absent. */
export interface Report {
  readonly scenarios: Map<Scenario["name"], Measured>;
  readonly transfers: Map<Direction, MeasuredTransfer>;
  startup: MeasuredStartup | undefined;
  /** WebSocket round trips. */
  sockets: Measured | undefined;
  stepUp: MeasuredStepUp | undefined;
  idleSockets: MeasuredIdleSockets | undefined;
}

/** At least this share of the bare Worker's speed for 100 MB (design, Budgets). */
const TRANSFER_BUDGET = 0.95;
const STARTUP_BUDGET_MS = 15;

/** In the table only: what has no budget is not for programs. */
const TABLE_ONLY: ReadonlySet<Scenario["name"]> = new Set(["smallBody"]);

/** The numbers as one line of JSON, for programs. */
export function reportJson({ scenarios, transfers, startup, stepUp, idleSockets }: Report): string {
  const told = [...scenarios].filter(([name]) => !TABLE_ONLY.has(name));
  const ratios = told.map(([name, { cpuRatio, throughputRatio }]) => [
    name,
    { cpuRatio: rounded(cpuRatio.median), throughputRatio: rounded(throughputRatio.median) },
  ]);
  const speeds = [...transfers].map(([name, { throughputRatio }]) => [
    name,
    { throughputRatio: rounded(throughputRatio.median) },
  ]);
  const start = startup === undefined ? [] : [["startupMs", rounded(startup.startupMs)]];
  const costs = stepUp === undefined ? [] : [["stepUp", stepUpJson(stepUp)]];
  const idle = idleSockets === undefined ? [] : [["idleSockets", idleJson(idleSockets)]];
  return JSON.stringify(Object.fromEntries([...ratios, ...speeds, ...start, ...costs, ...idle]));
}

/** The numbers as a table, each with its interval and its budget. */
export function reportTable(report: Report): string {
  const { scenarios, transfers, startup, sockets, stepUp, idleSockets } = report;
  const tables = [
    ...(stepUp === undefined ? [] : [stepUpTable(stepUp)]),
    ...(idleSockets === undefined ? [] : [idleTable(idleSockets)]),
  ];
  if (scenarios.size === 0 && transfers.size === 0 && startup === undefined && sockets === undefined) {
    return tables.join("\n\n");
  }
  const rows: (readonly string[])[] = [
    ["", "ratio to bare", "95 % interval", "budget", "", "bare", "gateway"],
  ];
  for (const { name, title, cpuBudget, throughputBudget } of SCENARIOS) {
    const measured = scenarios.get(name);
    if (measured !== undefined) {
      rows.push(...pairOfRows(title, measured, cpuBudget, throughputBudget));
    }
  }
  if (sockets !== undefined) {
    rows.push(...pairOfRows("WebSocket round trip", sockets, undefined, undefined));
  }
  for (const [direction, measured] of transfers) {
    rows.push([
      `100 MB ${direction}: throughput`,
      ...estimateCells(measured.throughputRatio),
      ...atLeast(measured.throughputRatio.median, TRANSFER_BUDGET),
      `${measured.bareMiBPerSecond.toFixed(0)} MiB/s`,
      `${measured.gatewayMiBPerSecond.toFixed(0)} MiB/s, memory +${Math.max(0, measured.gatewayGrowthMiB).toFixed(0)} MiB`,
    ]);
  }
  if (startup !== undefined) {
    rows.push([
      "start-up over an empty Worker",
      `${startup.startupMs.toFixed(1)} ms`,
      "",
      `≤ ${STARTUP_BUDGET_MS} ms`,
      startup.startupMs <= STARTUP_BUDGET_MS ? "within" : "over",
      `${startup.emptyMs.toFixed(1)} ms`,
      `${startup.gatewayMs.toFixed(1)} ms`,
    ]);
  }
  return [aligned(rows), ...tables].join("\n\n");
}

function stepUpJson(stepUp: MeasuredStepUp): object {
  return Object.fromEntries(
    [...stepUp].map(([name, { authsignalCalls, ledgerCalls, latencyMs }]) => [
      name,
      { authsignalCalls, ledgerCalls: rounded(ledgerCalls), latencyMs: rounded(latencyMs.median) },
    ]),
  );
}

function stepUpTable(stepUp: MeasuredStepUp): string {
  const rows: (readonly string[])[] = [
    ["", "calls to Authsignal", "ledger calls", "promised", "latency", "95 % interval"],
  ];
  for (const { name, title, maxAuthsignal, maxLedger } of STEP_UP_ROUTES) {
    const measured = stepUp.get(name);
    if (measured !== undefined) {
      const { median, low, high } = measured.latencyMs;
      rows.push([
        title,
        String(measured.authsignalCalls),
        String(rounded(measured.ledgerCalls)),
        `${maxAuthsignal} and ≤ ${maxLedger}`,
        `${median.toFixed(2)} ms`,
        `${low.toFixed(2)} to ${high.toFixed(2)} ms`,
      ]);
    }
  }
  return aligned(rows);
}

function idleJson(idleSockets: MeasuredIdleSockets): object {
  return Object.fromEntries(
    [...idleSockets].map(([name, { readsPerSecond, cpuShare }]) => [
      name,
      { readsPerUserSecond: rounded(readsPerSecond / BENCH_USERS), cpuShare: rounded(cpuShare) },
    ]),
  );
}

function idleTable(idleSockets: MeasuredIdleSockets): string {
  const rows: (readonly string[])[] = [
    [
      `${IDLE_SOCKETS} idle WebSockets of ${BENCH_USERS} users`,
      "ledger reads",
      "of each user",
      "promised",
      "workerd's CPU",
    ],
  ];
  for (const { name, title } of SOCKET_KINDS) {
    const measured = idleSockets.get(name);
    if (measured !== undefined) {
      rows.push([
        title,
        `${measured.readsPerSecond.toFixed(1)}/s`,
        `${(measured.readsPerSecond / BENCH_USERS).toFixed(2)}/s`,
        name === "passed" ? "none" : `≤ ${PROMISED_READS_PER_USER_SECOND}/s`,
        `${(measured.cpuShare * 100).toFixed(2)} % of one core`,
      ]);
    }
  }
  return aligned(rows);
}

function pairOfRows(
  title: string,
  { bare, gateway, cpuRatio, throughputRatio }: Measured,
  cpuBudget: number | undefined,
  throughputBudget: number | undefined,
): string[][] {
  return [
    [
      `${title}: CPU`,
      ...estimateCells(cpuRatio),
      ...(cpuBudget === undefined ? ["", ""] : atMost(cpuRatio.median, cpuBudget)),
      `${bare.cpuMicroseconds.toFixed(0)} µs`,
      `${gateway.cpuMicroseconds.toFixed(0)} µs`,
    ],
    [
      `${title}: throughput`,
      ...estimateCells(throughputRatio),
      ...(throughputBudget === undefined ? ["", ""] : atLeast(throughputRatio.median, throughputBudget)),
      `${bare.perSecond.toFixed(0)}/s`,
      `${gateway.perSecond.toFixed(0)}/s`,
    ],
  ];
}

/** A ratio and its interval. */
export function estimateCells({ median, low, high }: Estimate): string[] {
  return [median.toFixed(3), `${low.toFixed(3)} to ${high.toFixed(3)}`];
}

function atMost(value: number, budget: number): string[] {
  return [`≤ ${budget.toFixed(2)}`, value <= budget ? "within" : "over"];
}

function atLeast(value: number, budget: number): string[] {
  return [`≥ ${budget.toFixed(2)}`, value >= budget ? "within" : "over"];
}

/** Cells in columns. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd((widths[column] ?? 0) + 2))
        .join("")
        .trimEnd(),
    )
    .join("\n");
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
