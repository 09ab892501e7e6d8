import { catchUp, type CaughtUp } from "../../src/events/catch-up.ts";
import { enqueue } from "../../src/events/enqueue.ts";
import { reactAtOnce } from "../../src/events/react.ts";
import type { LedgerOf } from "../../src/ledger/port.ts";
import { ROSTER_NAMES } from "../../src/ledger/roster-port.ts";
import type { WebhooksEnv } from "./env.ts";
import type { Receiver } from "./receiver.ts";

/** Where the configuration names no tenant, events of the job's own have to name something. */
const NO_TENANT = "unnamed";

/**
 * One run of the catch-up job. Its events go the way of delivered ones: the ledgers at once, then the queue.
 *
 * @returns undefined when the job is off, or no policy can be used: then nothing is compared.
 */
export async function runCatchUp(
  receiver: Receiver,
  env: WebhooksEnv,
  later: (work: Promise<unknown>) => void,
): Promise<CaughtUp | undefined> {
  const policy = receiver.catchUp && (await receiver.policies.current(later));
  if (receiver.catchUp === undefined || policy === undefined) {
    return undefined;
  }
  const { record, nowMs, rules } = receiver;
  const ledgerOf: LedgerOf = (sub) => env.LEDGER.getByName(sub);
  const caughtUp = await catchUp({
    ...receiver.catchUp,
    rosters: ROSTER_NAMES.map((name) => env.ROSTER.getByName(name)),
    ledgerOf,
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
      await reactAtOnce(events, policy.document.reactions, { ledgerOf, record });
      await enqueue(events, env.EVENTS);
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
