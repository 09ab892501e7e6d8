import { AuthsignalEvent } from "../../src/events/event.ts";
import { react } from "../../src/events/react.ts";
import { effectsOf } from "../../src/events/reactions.ts";
import type { LedgerOf } from "../../src/ledger/port.ts";
import type { Receiver } from "./receiver.ts";

/** 2 s, 10 s, 50 s, about 4 minutes, about 20 minutes: then the dead-letter queue (`max_retries` in wrangler.toml). */
const FIRST_RETRY_SECONDS = 2;
const RETRY_FACTOR = 5;
/** A batch that comes before the configuration is right waits for someone to set it right. */
export const MISCONFIGURED_RETRY_SECONDS = 30;

/** What belongs to one batch. */
export interface ConsumeContext {
  readonly ledgerOf: LedgerOf;
  readonly later: (work: Promise<unknown>) => void;
}

/**
 * Carries out the policy's reactions to a batch of events. Each message is acknowledged when all its effects are
 * applied, else tried again as a whole; no message holds up another.
 */
export async function consume(
  batch: MessageBatch,
  receiver: Receiver,
  context: ConsumeContext,
): Promise<void> {
  const policy = await receiver.policies.current(context.later);
  if (policy === undefined) {
    batch.retryAll({ delaySeconds: MISCONFIGURED_RETRY_SECONDS });
    return;
  }
  await Promise.all(
    batch.messages.map(async (message) => {
      const event = AuthsignalEvent.safeParse(message.body);
      if (!event.success) {
        receiver.record({
          event: "event_refused",
          requestId: message.id,
          reason: "not an event; on to the dead-letter queue",
        });
        message.retry({ delaySeconds: retryDelaySeconds(message.attempts) });
        return;
      }
      const effects = effectsOf(event.data, policy.document.reactions, receiver.nowMs());
      const failed = await react(effects, {
        ...context,
        sendAlert: receiver.sendAlert,
        record: receiver.record,
      });
      if (failed.length === 0) {
        message.ack();
      } else {
        message.retry({ delaySeconds: retryDelaySeconds(message.attempts) });
      }
    }),
  );
}

function retryDelaySeconds(attempts: number): number {
  return FIRST_RETRY_SECONDS * RETRY_FACTOR ** (attempts - 1);
}
