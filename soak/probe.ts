import { randomUUID } from "node:crypto";
import { PROBE_PREFIX } from "./expected.ts";
import type { PlannedDelivery } from "./plan.ts";
import type { Pool } from "./pool.ts";
import type { SoakWorkers } from "./workers.ts";

/** Long enough for a restart in between. */
const PATIENCE_MS = 30_000;

/** How soon a revocation was in force. */
export interface Probed {
  /** Of the event. */
  readonly id: string;
  /** How long after the 200 to the delivery a request still went through, in milliseconds; 0 when none did. */
  readonly lagMs: number;
}

/** Signs a user of its own in, has their authenticator deleted, and goes on asking. */
export async function probe(
  pool: Pool,
  { gatewayUrl }: SoakWorkers,
  send: (delivery: PlannedDelivery) => Promise<void>,
): Promise<Probed> {
  const sub = randomUUID();
  const id = `${PROBE_PREFIX}${randomUUID()}`;
  const token = await pool.token(sub, Math.floor(Date.now() / 1000) - 60);
  const statusOf = async () => {
    try {
      const answer = await fetch(gatewayUrl, { headers: { Authorization: `Bearer ${token}` } });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0; // restarting
    }
  };
  await statusOf();
  await send([{ id, sub, kind: "deleted", atMs: Date.now() }]);
  const acceptedAtMs = performance.now();
  let lastOkMs = 0;
  while (performance.now() - acceptedAtMs < PATIENCE_MS) {
    const status = await statusOf();
    if (status === 200) {
      lastOkMs = performance.now() - acceptedAtMs;
    } else if (status === 401) {
      break;
    }
  }
  return { id, lagMs: lastOkMs };
}
