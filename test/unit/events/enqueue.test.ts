import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchesOf, enqueue } from "../../../src/events/enqueue.ts";
import type { AuthsignalEvent } from "../../../src/events/event.ts";

const eventWith = (typeCharacters: number, index: number): AuthsignalEvent => ({
  kind: "unknown",
  id: `event-${index}`,
  tenantId: "tenant-1",
  atMs: 0,
  type: "x".repeat(typeCharacters),
});

describe("putting events into the queue", () => {
  it("keeps every event, in order, in parts within the queue's limits", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 400 }), (sizes) => {
        const events = sizes.map(eventWith);
        const batches = batchesOf(events);
        expect(batches.flat()).toEqual(events);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(100);
          expect(JSON.stringify(batch).length).toBeLessThanOrEqual(256_000);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("fails when one part is not taken", async () => {
    const sent: number[] = [];
    const events = Array.from({ length: 250 }, (_, index) => eventWith(10, index));
    const queue = {
      async sendBatch(messages: readonly unknown[]) {
        if (sent.length === 2) {
          throw new Error("storage");
        }
        sent.push(messages.length);
      },
    };
    await expect(enqueue(events, queue)).rejects.toThrow("storage");
    expect(sent).toEqual([100, 100]);
  });
});
