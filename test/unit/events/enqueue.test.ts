import { fc } from "../../support/properties.ts";
import { describe, expect, it } from "vitest";
import { batchesOf, enqueue } from "../../../src/events/enqueue.ts";
import type { AuthsignalEvent } from "../../../src/events/event.ts";
import { readDelivery } from "../../../src/events/schema.ts";
import { SUB, wireEvent, wireRecord } from "./fixtures.ts";

const eventWith = (typeCharacters: number, index: number): AuthsignalEvent => ({
  kind: "unknown",
  id: `event-${index}`,
  tenantId: "tenant-1",
  atMs: 0,
  // Three bytes each: what counts is what goes over the wire.
  type: "€".repeat(typeCharacters),
});
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).byteLength;

describe("putting events into the queue", () => {
  it("keeps every event, in order, in parts within the queue's limits", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2_000 }), { maxLength: 400 }), (sizes) => {
        const events = sizes.map(eventWith);
        const batches = batchesOf(events);
        expect(batches.flat()).toEqual(events);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(100);
          expect(bytesOf(batch)).toBeLessThanOrEqual(256_000);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("holds no event that a queue would refuse: the longest that the schema lets through is a fraction of 128 kB", async () => {
    const long = "€".repeat(128);
    const word = "W".repeat(64);
    const code = "a".repeat(64);
    const data = {
      userId: SUB,
      userAuthenticatorId: long,
      verificationMethod: word,
      action: code,
      actionCode: code,
      idempotencyKey: long,
      state: word,
      outcome: word,
      type: word,
      countryCode: word,
      email: "x".repeat(100_000),
    };
    const about = { id: "i".repeat(128), tenantId: "t".repeat(128) };
    const deliveries = [
      ...["authenticator.created", "action.verify", "t".repeat(128)].map((type) =>
        wireEvent({ ...about, type, data }),
      ),
      ...["action.log_created", "challenge.log_created"].map((type) => ({
        records: [wireRecord({ ...about, type, record: data })],
      })),
    ];
    for (const delivery of deliveries) {
      const read = await readDelivery(delivery, { tenantId: undefined });
      const [event] = read.ok ? read.value.events : [];
      expect(event).toBeDefined();
      expect(bytesOf(event)).toBeLessThan(4_000);
    }
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
