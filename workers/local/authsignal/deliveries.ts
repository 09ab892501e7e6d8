import { randomUUID } from "node:crypto";
import { MAX_REMEMBERED_BATCHES, MAX_REMEMBERED_DELIVERIES } from "./choices.ts";
import type { EventType, LogBatch, WebhookEvent } from "./webhook-events.ts";
import type { DeliveryTry } from "./webhook-post.ts";

/** Something that was sent, or is to be. */
export interface Delivery {
  readonly deliveryId: string;
  readonly url: string;
  readonly type: EventType | "batch";
  readonly event: WebhookEvent | LogBatch;
  /** Synchronous ones are never tried again, batches until they are accepted. */
  readonly kind: "synchronous" | "asynchronous" | "batch";
  state: "sending" | "delivered" | "waiting" | "failed";
  tries: DeliveryTry[];
  firstSignature?: string;
  nextRetryAt?: string | undefined;
}

/** The deliveries that can be looked at, newest first. The oldest is forgotten when there are too many. */
export class Deliveries {
  #all: Delivery[] = [];

  list(): readonly Delivery[] {
    return this.#all;
  }

  remember(start: Pick<Delivery, "url" | "type" | "event" | "kind">): Delivery {
    const delivery: Delivery = { deliveryId: randomUUID(), ...start, state: "sending", tries: [] };
    this.#all = [delivery, ...this.#all].slice(0, MAX_REMEMBERED_DELIVERIES);
    if (start.kind === "batch") {
      const tooOld = new Set(this.#all.filter(({ kind }) => kind === "batch").slice(MAX_REMEMBERED_BATCHES));
      this.#all = this.#all.filter((one) => !tooOld.has(one));
    }
    return delivery;
  }

  find(deliveryId: string): Delivery | undefined {
    return this.#all.find((one) => one.deliveryId === deliveryId);
  }

  has(delivery: Delivery): boolean {
    return this.#all.includes(delivery);
  }

  /** The batch that begins with this record and was not accepted yet. */
  waitingBatch(firstRecordId: string | undefined): Delivery | undefined {
    return this.#all.find(
      ({ state, event }) =>
        state === "waiting" && "records" in event && event.records[0]?.id === firstRecordId,
    );
  }

  clear(): void {
    this.#all = [];
  }

  load(saved: readonly Delivery[]): void {
    this.#all = [...saved];
  }
}
