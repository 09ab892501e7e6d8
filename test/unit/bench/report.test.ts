import { describe, expect, it } from "vitest";
import { reportJson, reportTable, type Report } from "../../../bench/report.ts";
import type { MeasuredRoute } from "../../../bench/step-up.ts";

const estimate = (median: number) => ({ median, low: median, high: median });
const route = (authsignalCalls: number, ledgerCalls: number, ms: number): MeasuredRoute => ({
  authsignalCalls,
  ledgerCalls,
  latencyMs: estimate(ms),
});
const NOTHING: Report = {
  scenarios: new Map(),
  transfers: new Map(),
  startup: undefined,
  sockets: undefined,
  stepUp: undefined,
  idleSockets: undefined,
};
const STEP_UP: Report = {
  ...NOTHING,
  stepUp: new Map([
    ["bare", route(0, 0.0251, 1)],
    ["always", route(1, 2, 9.12345)],
    ["fresh", route(0, 1, 1.5)],
  ]),
};

describe("the report of the bench", () => {
  it("has the members that programs read, and stepUp only where it was measured", () => {
    const absolute = { cpuMicroseconds: 100, perSecond: 1000 };
    const measured = {
      cpuRatio: estimate(1.23456),
      throughputRatio: estimate(0.9),
      bare: absolute,
      gateway: absolute,
    };
    const report: Report = {
      ...NOTHING,
      scenarios: new Map([
        ["public", measured],
        ["smallBody", measured],
      ]),
      startup: { startupMs: 44.0004, emptyMs: 27, gatewayMs: 71 },
    };
    expect(reportJson(report)).toBe('{"public":{"cpuRatio":1.235,"throughputRatio":0.9},"startupMs":44}');
    expect(reportTable(report)).toMatch(/POST of 1 KB, bearer token: CPU +1\.235/);
  });

  it("says for each route what it asks, and how long it takes", () => {
    expect(JSON.parse(reportJson(STEP_UP))).toEqual({
      stepUp: {
        bare: { authsignalCalls: 0, ledgerCalls: 0.025, latencyMs: 1 },
        always: { authsignalCalls: 1, ledgerCalls: 2, latencyMs: 9.123 },
        fresh: { authsignalCalls: 0, ledgerCalls: 1, latencyMs: 1.5 },
      },
    });
    const [head, ...rows] = reportTable(STEP_UP).split("\n");
    expect(head).toMatch(/calls to Authsignal +ledger calls +promised +latency/);
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatch(/asked each time +1 +2 +1 and ≤ 2 +9\.12 ms/);
  });

  it("says how often the ledger is read for sockets on which nothing is said, and for each user", () => {
    const idle: Report = {
      ...NOTHING,
      idleSockets: new Map([
        ["passed", { readsPerSecond: 0, cpuShare: 0.0012 }],
        ["revocable", { readsPerSecond: 39.2, cpuShare: 0.0712 }],
      ]),
    };
    expect(JSON.parse(reportJson(idle))).toEqual({
      idleSockets: {
        passed: { readsPerUserSecond: 0, cpuShare: 0.001 },
        revocable: { readsPerUserSecond: 1.96, cpuShare: 0.071 },
      },
    });
    expect(reportTable(idle)).toMatch(/revocable +39\.2\/s +1\.96\/s +≤ 2\/s +7\.12 % of one core/);
  });
});
