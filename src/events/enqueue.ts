import type { AuthsignalEvent } from "./event.ts";

/** The part of a queue that a receiver needs. */
export interface EventQueue {
  sendBatch(messages: readonly { readonly body: AuthsignalEvent }[]): Promise<unknown>;
}

/** Cloudflare Queues take 100 messages or 256 kB at a time (security.md a); some room is left for what they add. */
const MAX_BATCH_MESSAGES = 100;
const MAX_BATCH_BYTES = 200_000;

/** Puts each event into the queue as a message of its own. Rejects when one part is not durable; all is then sent again. */
export async function enqueue(events: readonly AuthsignalEvent[], queue: EventQueue): Promise<void> {
  for (const batch of batchesOf(events)) {
    // One after the other: a delivery is 1 MiB at most, and the queue's rate is shared.
    await queue.sendBatch(batch.map((body) => ({ body })));
  }
}

/** Splits events so that each part is within the queue's limits. An event is a small fraction of one by its schema. */
export function batchesOf(events: readonly AuthsignalEvent[]): AuthsignalEvent[][] {
  const batches: AuthsignalEvent[][] = [];
  let batch: AuthsignalEvent[] = [];
  let batchBytes = 0;
  for (const event of events) {
    const bytes = new TextEncoder().encode(JSON.stringify(event)).byteLength;
    if (batch.length > 0 && (batch.length === MAX_BATCH_MESSAGES || batchBytes + bytes > MAX_BATCH_BYTES)) {
      batches.push(batch);
      batch = [];
      batchBytes = 0;
    }
    batch.push(event);
    batchBytes += bytes;
  }
  return batch.length === 0 ? batches : [...batches, batch];
}
