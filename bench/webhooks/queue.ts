/** The name of the socket that answers how many messages came. */
export const COUNTS_SOCKET = "counts";

/** What the queue saw. */
export interface QueueCounts {
  readonly messages: number;
  /** Acknowledged by the consumer. */
  readonly acknowledged: number;
}

/**
 * A queue as `workerd` asks one by HTTP: each message is counted and handed to the consumer at once. It keeps nothing:
 * what a real queue needs to make a message durable is not in what is measured.
 */
export const QUEUE = `let messages = 0;
let acknowledged = 0;
export default {
  async fetch(request, env, ctx) {
    if (request.method === "GET") {
      return Response.json({ messages, acknowledged });
    }
    const batch = (await request.json()).messages.map(({ body }) => ({
      id: crypto.randomUUID(),
      timestamp: new Date(),
      attempts: 1,
      body: JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(body), (one) => one.charCodeAt(0)))),
    }));
    messages += batch.length;
    ctx.waitUntil(env.CONSUMER.queue("sallyport-events", batch).then((result) => {
      const { outcome, retryBatch, retryMessages } = result;
      acknowledged += outcome === "ok" && !retryBatch.retry ? batch.length - retryMessages.length : 0;
    }));
    return Response.json({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0, oldestMessageTimestamp: 0 } } });
  },
};
`;
