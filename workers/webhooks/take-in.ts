import { enqueue, type EventQueue } from "../../src/events/enqueue.ts";
import type { AuthsignalEvent } from "../../src/events/event.ts";
import { reactAtOnce, type ReactPorts } from "../../src/events/react.ts";
import type { Policy } from "../../src/policy/parse.ts";
import { atMost } from "./at-most.ts";

/** Puts events into the queue, which from then on will carry them out; false when it did not take them all. */
export async function isInQueue(events: readonly AuthsignalEvent[], queue: EventQueue): Promise<boolean> {
  try {
    await enqueue(events, queue);
    return true;
  } catch {
    return false;
  }
}

/**
 * A revocation does not wait for the queue. What fails or takes longer than `timeoutMs` here is done by the queue's
 * consumer. Never rejects.
 */
export async function applyAtOnce(
  events: readonly AuthsignalEvent[],
  policy: Policy,
  timeoutMs: number,
  ports: Pick<ReactPorts, "ledgerOf" | "record"> & { readonly later: (work: Promise<unknown>) => void },
): Promise<void> {
  const work = reactAtOnce(events, policy.document.reactions, ports);
  ports.later(work);
  await atMost(work, timeoutMs);
}
