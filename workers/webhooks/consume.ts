import type { DeadLetterOffice } from "../../src/events/dead-letters.ts";
import { AuthsignalEvent } from "../../src/events/event.ts";
import { react, type Nobody, type ReactPorts } from "../../src/events/react.ts";
import { LEASE_MS } from "../../src/ledger/event-reactions.ts";
import type { Reaction } from "../../src/policy/schema.ts";
import { misconfiguredRetrySeconds, putOff } from "./patience.ts";
import type { Receiver } from "./receiver.ts";

/** From 2 s: 10 s, 50 s, about 4 minutes, about 20 minutes, then the dead-letter queue (`max_retries` in wrangler.toml). */
const RETRY_FACTOR = 5;
/** Events that failed together do not come back together: up to half of the wait is left to chance. */
const JITTER = 0.5;
/** The try after which the queue gives a message up: `max_retries` in wrangler.toml, and the first. */
const LAST_ATTEMPT = 6;
const LEASE_SECONDS = LEASE_MS / 1000;
const NOT_AN_EVENT = "the message is not an event";

/** One message of the queue, as far as it matters here; Cloudflare's `Message` is one. */
export interface QueuedMessage {
  readonly id: string;
  readonly body: unknown;
  /** From 1. */
  readonly attempts: number;
  ack(): void;
  retry(options: { readonly delaySeconds: number }): void;
}

/** A batch of the queue; Cloudflare's `MessageBatch` is one. */
export interface QueuedBatch {
  readonly messages: readonly QueuedMessage[];
}

/** What belongs to one batch. */
export interface ConsumeContext {
  readonly ledgerOf: ReactPorts["ledgerOf"];
  readonly queue: {
    sendBatch(messages: readonly { body: AuthsignalEvent; delaySeconds: number }[]): Promise<unknown>;
  };
  readonly office: Pick<DeadLetterOffice, "noteReasons"> & Nobody;
  readonly later: (work: Promise<unknown>) => void;
}

/**
 * Carries out the policy's reactions to a batch of events. Each message is acknowledged when all its effects are
 * applied, else tried again as a whole; no message holds up another, but for an event that is in the batch twice: the
 * second time waits, and finds done what the first has done.
 */
export async function consume(
  batch: QueuedBatch,
  receiver: Receiver,
  context: ConsumeContext,
): Promise<void> {
  const policy = await receiver.policies.current(context.later);
  if (policy === undefined) {
    await Promise.all(
      batch.messages.map((message) => noteLast(message, idOf(message), ["no policy can be used"], context)),
    );
    putOff(batch.messages, misconfiguredRetrySeconds);
    return;
  }
  const { reactions } = policy.document;
  const under: Receiver = {
    ...receiver,
    record: (entry) => receiver.record({ policy: policy.version, ...entry }),
  };
  async function handle(message: QueuedMessage): Promise<void> {
    const outcome = await outcomeOf(message, reactions, under, context);
    if (outcome === "done") {
      message.ack();
      return;
    }
    const waitSeconds = retryDelaySeconds(message.attempts, receiver);
    // What another copy is at is known for certain after a lease; a late try would otherwise wait for long.
    message.retry({ delaySeconds: outcome === "again" ? waitSeconds : Math.min(waitSeconds, LEASE_SECONDS) });
  }
  const turns = new Map<string, Promise<void>>();
  for (const message of batch.messages) {
    const id = idOf(message);
    const before = turns.get(id);
    turns.set(id, before === undefined ? handle(message) : before.then(() => handle(message)));
  }
  await Promise.all(turns.values());
}

/** The event's, if it is one; else the message's own. */
function idOf({ id, body }: QueuedMessage): string {
  return AuthsignalEvent.safeParse(body).data?.id ?? id;
}

/** What became of one message: all is done, something failed, or another copy of the event is at the rest. */
async function outcomeOf(
  message: QueuedMessage,
  reactions: readonly Reaction[],
  receiver: Receiver,
  context: ConsumeContext,
): Promise<"done" | "again" | "under-way"> {
  const event = AuthsignalEvent.safeParse(message.body);
  if (!event.success) {
    receiver.record({ event: "event_refused", requestId: message.id, reason: NOT_AN_EVENT });
    await noteLast(message, message.id, [NOT_AN_EVENT], context);
    return "again";
  }
  const { ledgerOf, office } = context;
  const { outside, record } = receiver;
  const failed = await react(event.data, reactions, { ledgerOf, nobody: office, outside, record });
  if (failed.length === 0) {
    return "done";
  }
  if (failed.every((one) => one.isUnderWay === true)) {
    // Where its tries are over it may well be done in a moment: no dead letter, but a message that begins anew.
    const isAnew = message.attempts >= LAST_ATTEMPT && (await isSentAgain(event.data, context));
    return isAnew ? "done" : "under-way";
  }
  const reasons = failed.map(({ reaction, effect, reason }) => `${reaction}: ${effect}: ${reason}`);
  await noteLast(message, event.data.id, reasons, context);
  return "again";
}

async function isSentAgain(event: AuthsignalEvent, { queue }: ConsumeContext): Promise<boolean> {
  try {
    await queue.sendBatch([{ body: event, delaySeconds: LEASE_SECONDS }]);
    return true;
  } catch {
    return false;
  }
}

/** Notes why the last try failed, for whoever looks at the dead letter; without it the letter is kept all the same. */
async function noteLast(
  { attempts }: QueuedMessage,
  id: string,
  reasons: readonly string[],
  { office }: ConsumeContext,
): Promise<void> {
  if (attempts >= LAST_ATTEMPT) {
    await office.noteReasons(id, reasons).catch(() => undefined);
  }
}

/** How long to wait before the next try, in whole seconds. */
function retryDelaySeconds(attempts: number, receiver: Receiver): number {
  const { firstRetrySeconds, random } = receiver;
  return Math.round(firstRetrySeconds * RETRY_FACTOR ** (attempts - 1) * (1 + JITTER * random()));
}
