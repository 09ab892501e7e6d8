import { createHmac, randomUUID } from "node:crypto";
import { MAX_REMEMBERED_DELIVERIES, MAX_WEBHOOK_RETRIES, WEBHOOK_TIMEOUT_MS } from "./choices.ts";
import type { Authenticator } from "./model.ts";

export type EventType = "authenticator.created" | "authenticator.updated" | "authenticator.deleted";

export interface WebhookEvent {
  readonly version: 1;
  readonly id: string;
  readonly source: "https://authsignal.com";
  readonly time: string;
  readonly tenantId: string;
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface DeliveryTry {
  readonly at: string;
  /** Absent when there was no answer. */
  readonly status?: number;
  readonly error?: string;
}

export interface Delivery {
  readonly deliveryId: string;
  readonly url: string;
  readonly event: WebhookEvent;
  state: "sending" | "delivered" | "waiting" | "failed";
  readonly tries: DeliveryTry[];
  nextRetryAt?: string | undefined;
}

export interface WebhookSettings {
  readonly secretKeys: readonly string[];
  readonly tenantId: string;
  readonly retryDelayMs: number;
  readonly nowMs: () => number;
}

/** Sends authenticator events, at least once and in no promised order (reference section 6). */
export class Webhooks {
  url: string | undefined;
  readonly #settings: WebhookSettings;
  readonly #closing = new AbortController();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #deliveries: Delivery[] = [];

  constructor(settings: WebhookSettings, url: string | undefined) {
    this.#settings = settings;
    this.url = url;
  }

  /** Newest first. */
  deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }

  /** Tells the webhook, if there is one, what happened to an authenticator. Returns before it is delivered. */
  authenticatorEvent(type: EventType, authenticator: Authenticator): void {
    if (this.url === undefined) {
      return;
    }
    const time = this.#now();
    const event: WebhookEvent = {
      version: 1,
      id: randomUUID(),
      source: "https://authsignal.com",
      time,
      tenantId: this.#settings.tenantId,
      type,
      data: eventData(type, authenticator, time),
    };
    this.#start(this.url, event);
  }

  /** Sends the same event once more, to where the webhook is now. False when there is no such delivery or no URL. */
  resend(deliveryId: string): boolean {
    const delivery = this.#deliveries.find((one) => one.deliveryId === deliveryId);
    if (delivery === undefined || this.url === undefined) {
      return false;
    }
    this.#start(this.url, delivery.event);
    return true;
  }

  /** Forgets deliveries and the retries that wait. */
  clear(): void {
    for (const timer of this.#timers.values()) {
      clearTimeout(timer);
    }
    this.#timers.clear();
    this.#deliveries = [];
  }

  close(): void {
    this.clear();
    this.#closing.abort();
  }

  #start(url: string, event: WebhookEvent): void {
    const delivery: Delivery = { deliveryId: randomUUID(), url, event, state: "sending", tries: [] };
    this.#deliveries = [delivery, ...this.#deliveries].slice(0, MAX_REMEMBERED_DELIVERIES);
    void this.#send(delivery);
  }

  async #send(delivery: Delivery): Promise<void> {
    delivery.state = "sending";
    delivery.nextRetryAt = undefined;
    const outcome = await this.#attempt(delivery);
    delivery.tries.push(outcome);
    if (outcome.status !== undefined && outcome.status >= 200 && outcome.status < 300) {
      delivery.state = "delivered";
    } else if (delivery.tries.length > MAX_WEBHOOK_RETRIES || !this.#isCurrent(delivery)) {
      delivery.state = "failed";
    } else {
      this.#retryLater(delivery);
    }
  }

  async #attempt({ url, event }: Delivery): Promise<DeliveryTry> {
    const at = this.#now();
    const body = JSON.stringify(event);
    const tSeconds = Math.floor(this.#settings.nowMs() / 1000);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-signature-v2": signatureHeader(this.#settings.secretKeys, tSeconds, body),
        },
        body,
        // A redirect is a failure: following one would carry the event to a place nobody configured.
        redirect: "manual",
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(WEBHOOK_TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      return { at, status: response.status };
    } catch (error) {
      const timedOut = error instanceof Error && error.name === "TimeoutError";
      return { at, error: timedOut ? `no answer within ${WEBHOOK_TIMEOUT_MS / 1000} s` : "no connection" };
    }
  }

  #retryLater(delivery: Delivery): void {
    const { retryDelayMs, nowMs } = this.#settings;
    delivery.state = "waiting";
    delivery.nextRetryAt = new Date(nowMs() + retryDelayMs).toISOString();
    const timer = setTimeout(() => {
      this.#timers.delete(delivery.deliveryId);
      void this.#send(delivery);
    }, retryDelayMs);
    timer.unref();
    this.#timers.set(delivery.deliveryId, timer);
  }

  /** A delivery that was forgotten, or outlived the stand-in, is not tried again. */
  #isCurrent(delivery: Delivery): boolean {
    return !this.#closing.signal.aborted && this.#deliveries.includes(delivery);
  }

  #now(): string {
    return new Date(this.#settings.nowMs()).toISOString();
  }
}

/** `X-Signature-V2`: the time and one HMAC per active key, base64 without padding (reference 3.6). */
function signatureHeader(secretKeys: readonly string[], tSeconds: number, body: string): string {
  const signatures = secretKeys.map((key) =>
    createHmac("sha256", key).update(`${tSeconds}.${body}`).digest("base64").replace(/=+$/, ""),
  );
  return [`t=${tSeconds}`, ...signatures.map((signature) => `v2=${signature}`)].join(",");
}

function eventData(type: EventType, authenticator: Authenticator, time: string): Record<string, unknown> {
  const { userId, userAuthenticatorId, verificationMethod, createdAt, email } = authenticator;
  const identity = {
    userId,
    userAuthenticatorId,
    verificationMethod,
    ...(email === undefined ? {} : { email }),
  };
  switch (type) {
    case "authenticator.created":
      return { ...identity, createdAt };
    case "authenticator.updated":
      return { ...identity, updatedAt: time };
    case "authenticator.deleted":
      return { ...identity, createdAt, deletedAt: time };
    default:
      return type satisfies never;
  }
}
