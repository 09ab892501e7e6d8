import { randomUUID } from "node:crypto";
import { MAX_REMEMBERED_TRIES, MAX_WEBHOOK_RETRIES } from "./choices.ts";
import { Deliveries } from "./deliveries.ts";
import type { Delivery } from "./deliveries.ts";
import { EventOrder } from "./event-order.ts";
import type { Authenticator } from "./model.ts";
import type { Switches } from "./switches.ts";
import { authenticatorData } from "./webhook-events.ts";
import type {
  AuthenticatorEventType,
  EventType,
  LogBatch,
  LogEvent,
  LogEventType,
  SynchronousEventType,
  WebhookEvent,
} from "./webhook-events.ts";
import { LogBatches } from "./webhook-logs.ts";
import { isAccepted, postSigned, signatureHeader } from "./webhook-post.ts";
import type { DeliveryTry } from "./webhook-post.ts";

/** How deliveries behave; everything may change while the stand-in runs. */
export interface WebhookBehaviour {
  /** Where authenticator events go. */
  url?: string | undefined;
  logUrl?: string | undefined;
  emailUrl?: string | undefined;
  smsUrl?: string | undefined;
  pushUrl?: string | undefined;
  includeCredentialPublicKey: boolean;
  retryDelayMs: number;
  logDelayMs: number;
  /** Further copies of every asynchronous event. */
  duplicates: number;
  /** So many asynchronous events are collected and sent last first; 0 or 1: in order. */
  disorder: number;
}

export interface WebhookSettings {
  /** Read at every delivery: keys rotate. */
  readonly secretKeys: readonly string[];
  readonly tenantId: string;
  readonly switches: Switches;
  readonly nowMs: () => number;
}

/** Tells the outside what happens, at least once and in no promised order (reference section 6). */
export class Webhooks {
  readonly behaviour: WebhookBehaviour;
  readonly logs: LogBatches;
  readonly #settings: WebhookSettings;
  readonly #initial: WebhookBehaviour;
  readonly #closing = new AbortController();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #deliveries = new Deliveries();
  readonly #order = new EventOrder<WebhookEvent>((events) => void this.#oneByOne(events));

  constructor(settings: WebhookSettings, behaviour: WebhookBehaviour) {
    this.#settings = settings;
    this.behaviour = { ...behaviour };
    this.#initial = { ...behaviour };
    this.logs = new LogBatches({
      tenantId: settings.tenantId,
      delayMs: () => this.behaviour.logDelayMs,
      retryDelayMs: () => this.behaviour.retryDelayMs,
      send: (batch) => this.#sendBatch(batch),
    });
  }

  /** Newest first. */
  deliveries(): readonly Delivery[] {
    return this.#deliveries.list();
  }

  /** Tells the webhook, if there is one, what happened to an authenticator. Returns before it is delivered. */
  authenticatorEvent(type: AuthenticatorEventType, authenticator: Authenticator): void {
    if (this.behaviour.url === undefined) {
      return;
    }
    const time = this.#now();
    const event = this.#event(
      type,
      authenticatorData(type, authenticator, time, this.behaviour.includeCredentialPublicKey),
      time,
    );
    this.#order.take(event, this.behaviour.disorder);
  }

  /** Asks a synchronous webhook. True: it answered 2xx in time. It is asked once. */
  async ask(url: string, type: SynchronousEventType, data: Record<string, unknown>): Promise<boolean> {
    const delivery = this.#remember(url, type, this.#event(type, data, this.#now()), "synchronous");
    const outcome = await this.#attempt(delivery);
    delivery.tries.push(outcome);
    delivery.state = isAccepted(outcome) ? "delivered" : "failed";
    return isAccepted(outcome);
  }

  /** Writes a log record, which goes out with the next batch. Nothing happens without a URL for logs. */
  log(type: LogEventType, write: () => Record<string, unknown>): void {
    if (this.behaviour.logUrl !== undefined) {
      this.logs.add(type, () => ({ time: this.#now(), record: write() }));
    }
  }

  /** Sends the same event once more, to where the webhook is now. False when there is no such delivery or no URL. */
  resend(deliveryId: string): boolean {
    const delivery = this.#deliveries.find(deliveryId);
    const url =
      delivery?.kind === "asynchronous"
        ? this.behaviour.url
        : delivery?.kind === "batch"
          ? this.behaviour.logUrl
          : delivery?.url;
    if (delivery === undefined || url === undefined) {
      return false;
    }
    // Sent again by hand, an event is tried as asynchronous ones are, whatever it was at first.
    const kind = delivery.kind === "batch" ? "batch" : "asynchronous";
    void this.#send(this.#remember(url, delivery.type, delivery.event, kind));
    return true;
  }

  /** Forgets deliveries, the retries that wait, and what was changed about behaviour other than where events go. */
  clear(): void {
    for (const timer of this.#timers.values()) {
      clearTimeout(timer);
    }
    this.#timers.clear();
    this.#order.clear();
    this.#deliveries.clear();
    this.logs.clear();
    const { url } = this.behaviour;
    Object.assign(this.behaviour, {
      logUrl: undefined,
      emailUrl: undefined,
      smsUrl: undefined,
      pushUrl: undefined,
    });
    Object.assign(this.behaviour, this.#initial, { url });
  }

  close(): void {
    this.clear();
    this.logs.close();
    this.#closing.abort();
  }

  /** What has to survive a restart: deliveries with their state, and log records that wait. */
  save(): { deliveries: readonly Delivery[]; logs: readonly LogEvent[]; behaviour: WebhookBehaviour } {
    return { deliveries: this.#deliveries.list(), logs: this.logs.save(), behaviour: this.behaviour };
  }

  /** Takes over from before a restart: what was under way is tried again. */
  load(saved: ReturnType<Webhooks["save"]>): void {
    this.clear();
    Object.assign(this.behaviour, saved.behaviour, { url: this.behaviour.url ?? saved.behaviour.url });
    this.#deliveries.load(saved.deliveries);
    this.logs.load(saved.logs);
    for (const delivery of saved.deliveries) {
      if (
        delivery.kind === "asynchronous" &&
        (delivery.state === "waiting" || delivery.state === "sending")
      ) {
        this.#retryLater(delivery);
      }
    }
  }

  #event(type: EventType, data: Record<string, unknown>, time: string): WebhookEvent {
    const { tenantId } = this.#settings;
    return { version: 1, id: randomUUID(), source: "https://authsignal.com", time, tenantId, type, data };
  }

  /** The order on the wire is the order asked for only when one waits for the other. */
  async #oneByOne(events: readonly WebhookEvent[]): Promise<void> {
    for (const event of events) {
      await this.#sendCopies(event);
    }
  }

  async #sendCopies(event: WebhookEvent): Promise<void> {
    const { url, duplicates } = this.behaviour;
    if (url === undefined) {
      return;
    }
    const copies = Array.from({ length: 1 + duplicates }, () =>
      this.#remember(url, event.type, event, "asynchronous"),
    );
    await Promise.all(copies.map((copy) => this.#send(copy)));
  }

  #remember(url: string, type: Delivery["type"], event: Delivery["event"], kind: Delivery["kind"]): Delivery {
    return this.#deliveries.remember({ url, type, event, kind });
  }

  async #send(delivery: Delivery): Promise<void> {
    delivery.state = "sending";
    delivery.nextRetryAt = undefined;
    const outcome = await this.#attempt(delivery);
    delivery.tries.push(outcome);
    if (isAccepted(outcome)) {
      delivery.state = "delivered";
    } else if (delivery.tries.length > MAX_WEBHOOK_RETRIES || !this.#isCurrent(delivery)) {
      delivery.state = "failed";
    } else {
      this.#retryLater(delivery);
    }
  }

  /** One try of a batch; the batch itself is tried until it is accepted. */
  async #sendBatch(batch: LogBatch): Promise<boolean> {
    const { logUrl } = this.behaviour;
    if (logUrl === undefined) {
      return false;
    }
    const known = this.#deliveries.waitingBatch(batch.records[0]?.id);
    const delivery = known ?? this.#remember(logUrl, "batch", batch, "batch");
    delivery.state = "sending";
    const outcome = await this.#attempt(delivery);
    delivery.tries = [...delivery.tries, outcome].slice(-MAX_REMEMBERED_TRIES);
    delivery.state = isAccepted(outcome) ? "delivered" : "waiting";
    return isAccepted(outcome);
  }

  #attempt(delivery: Delivery): Promise<DeliveryTry> {
    const { url, event } = delivery;
    const { switches, nowMs, secretKeys } = this.#settings;
    const body = JSON.stringify(event);
    const fresh = signatureHeader(secretKeys, Math.floor(nowMs() / 1000), body);
    delivery.firstSignature ??= fresh;
    const signature = switches.webhookRetrySignature === "first" ? delivery.firstSignature : fresh;
    const { signal } = this.#closing;
    return postSigned({
      url,
      body,
      signature,
      timeoutMs: switches.webhookTimeoutMs,
      signal,
      at: this.#now(),
    });
  }

  #retryLater(delivery: Delivery): void {
    const { retryDelayMs } = this.behaviour;
    delivery.state = "waiting";
    delivery.nextRetryAt = new Date(this.#settings.nowMs() + retryDelayMs).toISOString();
    const timer = setTimeout(() => {
      this.#timers.delete(delivery.deliveryId);
      void this.#send(delivery);
    }, retryDelayMs);
    timer.unref();
    this.#timers.set(delivery.deliveryId, timer);
  }

  /** A delivery that was forgotten, or outlived the stand-in, is not tried again. */
  #isCurrent(delivery: Delivery): boolean {
    return !this.#closing.signal.aborted && this.#deliveries.has(delivery);
  }

  #now(): string {
    return new Date(this.#settings.nowMs()).toISOString();
  }
}
