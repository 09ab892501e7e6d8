import { describe, expect, it } from "vitest";
import { planOf } from "../../../soak/plan.ts";

const NOW_MS = 1_795_424_400_000;

describe("the plan of a soak", () => {
  const plan = planOf(2_000, 50, NOW_MS, Math.random);

  it("sends every event, some of them twice, in disorder", () => {
    const sent = plan.deliveries.flat();
    expect(new Set(sent)).toEqual(new Set(plan.events));
    expect(sent.length).toBeGreaterThan(plan.events.length);
    const times = sent.map(({ atMs }) => atMs);
    expect(times.some((atMs, index) => atMs < (times[index - 1] ?? 0))).toBe(true);
    expect(new Set(plan.events.map(({ id }) => id)).size).toBe(2_000);
  });

  it("expects the latest deletion of each user to count, and nothing of a log", () => {
    for (const [sub, beforeMs] of plan.revokedBeforeMs) {
      const own = plan.events.filter((event) => event.sub === sub && event.kind !== "log");
      expect(Math.max(...own.map(({ atMs }) => atMs))).toBe(beforeMs);
    }
    expect(planOf(50, 5, NOW_MS, () => 0.9).revokedBeforeMs.size).toBe(0);
  });

  it("has a passkey go once for a user at most, and leaves a tenth of the users alone", () => {
    const passkeys = plan.events.filter(({ kind }) => kind === "passkey").map(({ sub }) => sub);
    expect(new Set(passkeys).size).toBe(passkeys.length);
    expect(new Set(passkeys)).toEqual(new Set(plan.revokedBeforeMs.keys()));
    expect(new Set(plan.events.map(({ sub }) => sub)).size - plan.revokedBeforeMs.size).toBe(5);
  });
});
