import type { Plan, PlannedEvent } from "./plan.ts";
import type { Pool } from "./pool.ts";

const AT_ONCE = 16;
const PATIENCE = 20;
const HOUR_MS = 3_600_000;

/** What is wrong with the revocations at the end. */
export interface Found {
  /** Events of users for whom a revocation is not as it must be. */
  readonly lost: ReadonlySet<PlannedEvent>;
  readonly problems: readonly string[];
}

/**
 * Compares the end with the plan: for each user a sign-in of the last second that must be over is refused, and one of
 * the next second is let in.
 */
export async function check(plan: Plan, pool: Pool, gatewayUrl: string): Promise<Found> {
  const problems: string[] = [];
  const lost = new Set<PlannedEvent>();
  const users = [...new Set(plan.events.map(({ sub }) => sub))];
  let next = 0;

  async function statusOf(sub: string, authTimeSeconds: number): Promise<number> {
    const token = await pool.token(sub, authTimeSeconds);
    for (let tries = 0; ; tries += 1) {
      const answer = await fetch(gatewayUrl, { headers: { Authorization: `Bearer ${token}` } });
      await answer.arrayBuffer();
      if (answer.status !== 503 || tries === PATIENCE) {
        return answer.status;
      }
    }
  }

  async function compare(): Promise<void> {
    for (let index = next++; index < users.length; index = next++) {
      const sub = users[index] ?? "";
      const beforeMs = plan.revokedBeforeMs.get(sub);
      // Of a user whose authenticators stayed, any sign-in holds; one of an hour ago, since no token says the year 1970.
      const second = Math.floor((beforeMs ?? Date.now() - HOUR_MS) / 1000);
      const expected = beforeMs === undefined ? [200, 200] : [401, 200];
      const is = [await statusOf(sub, second), await statusOf(sub, second + 1)];
      if (is.join() !== expected.join()) {
        problems.push(`${sub}: at ${second} and a second later ${is.join(", ")}, not ${expected.join(", ")}`);
        for (const event of plan.events.filter((one) => one.sub === sub && one.kind !== "log")) {
          lost.add(event);
        }
      }
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, compare));
  return { lost, problems };
}
