import { AuthsignalEvent } from "../../src/events/event.ts";
import type { DeadLetterOffice } from "../../src/events/dead-letters.ts";
import { parseSub } from "../../src/identity/principal.ts";
import type { QueuedBatch, QueuedMessage } from "./consume.ts";
import { burialRetrySeconds } from "./patience.ts";
import type { Receiver } from "./receiver.ts";

/** What carries messages that were given up (`dead_letter_queue` in wrangler.toml). */
export const DEAD_LETTER_QUEUE = "sallyport-events-dead";

/**
 * Takes what the queue gave up: keeps it where `sallyport events` finds it, and raises an alert. A letter is
 * acknowledged once both are done; the alert of one burial carries the same id however often it comes.
 */
export async function bury(
  batch: Pick<QueuedBatch, "messages">,
  receiver: Pick<Receiver, "sendAlert" | "record" | "nowMs">,
  office: Pick<DeadLetterOffice, "bury">,
): Promise<void> {
  await Promise.all(
    batch.messages.map(async (message) => {
      try {
        await buryOne(message, receiver, office);
        message.ack();
      } catch {
        message.retry({ delaySeconds: burialRetrySeconds(message.attempts) });
      }
    }),
  );
}

async function buryOne(
  message: QueuedMessage,
  receiver: Pick<Receiver, "sendAlert" | "record" | "nowMs">,
  office: Pick<DeadLetterOffice, "bury">,
): Promise<void> {
  const event = AuthsignalEvent.safeParse(message.body).data;
  const id = event?.id ?? message.id;
  const type = event?.type ?? "unreadable";
  // Of what cannot be read too: whoever asks to be forgotten means those letters as well.
  const sub = parseSub(Reflect.get(Object(message.body), "sub"));
  const buried = await office.bury(message.id, { id, type, sub, message: message.body });
  if (buried === undefined) {
    return; // a person has seen to it: there is nothing left to alert of
  }
  if (buried.isNew) {
    receiver.record({
      event: "event_dead",
      requestId: id,
      reason: type,
      ...(sub === undefined ? {} : { sub }),
    });
  }
  await receiver.sendAlert?.({
    id: `${id}/dead-letter/${buried.burial}`,
    type,
    sub,
    reaction: "dead-letter",
    at: new Date(receiver.nowMs()).toISOString(),
    summary: `An event of type ${type} could not be carried out. "sallyport events show ${id}" says why.`,
  });
}
