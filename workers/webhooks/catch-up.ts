import { catchUp, type CatchUpPorts, type CaughtUp } from "../../src/events/catch-up.ts";
import { enqueue, type EventQueue } from "../../src/events/enqueue.ts";
import { reactAtOnce, type ReactPorts } from "../../src/events/react.ts";
import type { Receiver } from "./receiver.ts";

/** Where the configuration names no tenant, events of the job's own have to name something. */
const NO_TENANT = "unnamed";

/** What belongs to one run. */
export interface CatchUpContext {
  readonly rosters: CatchUpPorts["rosters"];
  readonly ledgerOf: CatchUpPorts["ledgerOf"] & ReactPorts["ledgerOf"];
  readonly queue: EventQueue;
  readonly later: (work: Promise<unknown>) => void;
}

/**
 * One run of the catch-up job. Its events go the way of delivered ones: through the queue, and to the ledgers at once.
 *
 * @returns why nothing is compared: the job is off, or no policy can be used.
 */
export async function runCatchUp(
  receiver: Receiver,
  context: CatchUpContext,
): Promise<CaughtUp | "off" | "no-policy"> {
  if (receiver.catchUp === undefined) {
    return "off";
  }
  const policy = await receiver.policies.current(context.later);
  if (policy === undefined) {
    return "no-policy";
  }
  const { record, nowMs, rules } = receiver;
  const { reactions } = policy.document;
  const { rosters, ledgerOf, queue } = context;
  const caughtUp = await catchUp({
    ...receiver.catchUp,
    rosters,
    ledgerOf,
    reactions,
    record,
    nowMs,
    tenantId: rules.tenantId ?? NO_TENANT,
    take: async (events) => {
      for (const { id, type, sub } of events) {
        record({
          event: "event_received",
          requestId: id,
          reason: type,
          ...(sub === undefined ? {} : { sub }),
        });
      }
      // The queue first: what a ledger has learned is no difference the next time.
      await enqueue(events, queue);
      await reactAtOnce(events, reactions, { ledgerOf, record });
    },
  });
  const { users, differences, failed, stopped } = caughtUp;
  if (users > 0) {
    record({
      event: "caught_up",
      requestId: "",
      reason: `${users} users, ${differences} differences, ${failed} failed${stopped === undefined ? "" : `, ${stopped}`}`,
    });
  }
  return caughtUp;
}
