import { randomUUID } from "node:crypto";
import { MAX_RECORDS_PER_BATCH, MAX_WAITING_RECORDS } from "./choices.ts";
import type { LogBatch, LogEvent, LogEventType } from "./webhook-events.ts";

/** A record that waits for its batch. An action's is written only then, so that it shows how the action ended. */
interface Waiting {
  readonly dueAtMs: number;
  readonly id: string;
  readonly type: LogEventType;
  readonly write: () => { readonly time: string; readonly record: Readonly<Record<string, unknown>> };
}

export interface LogSettings {
  readonly tenantId: string;
  readonly delayMs: () => number;
  readonly retryDelayMs: () => number;
  /** Sends a batch; false: it was not accepted. */
  readonly send: (batch: LogBatch) => Promise<boolean>;
}

/** Collects log records and sends them late, in batches, until each batch was accepted (reference 6.2). */
export class LogBatches {
  readonly #settings: LogSettings;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isSending = false;
  #isClosed = false;

  constructor(settings: LogSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(type: LogEventType, write: Waiting["write"]): void {
    if (this.#isClosed) {
      return;
    }
    this.#waiting.push({ dueAtMs: Date.now() + this.#settings.delayMs(), id: randomUUID(), type, write });
    if (this.#waiting.length > MAX_WAITING_RECORDS * 1.1) {
      this.#waiting = this.#waiting.slice(-MAX_WAITING_RECORDS);
    }
    this.#schedule();
  }

  /** Sends what waits without waiting any longer. False: a batch was not accepted and waits on. */
  async flush(): Promise<boolean> {
    while (this.#waiting.length > 0) {
      if (this.#isSending || !(await this.#sendBatch(Number.POSITIVE_INFINITY))) {
        return false;
      }
    }
    return true;
  }

  /** Every record that waits, as it would be written now. */
  save(): LogEvent[] {
    return this.#waiting.map((one) => this.#event(one));
  }

  /** Takes over records that waited before a restart. They are due at once. */
  load(saved: readonly LogEvent[]): void {
    this.#waiting = saved.map(({ id, type, time, record }) => ({
      dueAtMs: 0,
      id,
      // Only log events were saved.
      type: type as LogEventType,
      write: () => ({ time, record }),
    }));
    this.#schedule();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
  }

  close(): void {
    this.clear();
    this.#isClosed = true;
  }

  #schedule(delayMs?: number): void {
    const [first] = this.#waiting;
    if (first === undefined || this.#timer !== undefined || this.#isSending || this.#isClosed) {
      return;
    }
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.#sendBatch(Date.now());
      },
      Math.max(0, delayMs ?? first.dueAtMs - Date.now()),
    );
    this.#timer.unref();
  }

  async #sendBatch(dueBeforeMs: number): Promise<boolean> {
    const batch = this.#waiting
      .slice(0, MAX_RECORDS_PER_BATCH)
      .filter(({ dueAtMs }) => dueAtMs <= dueBeforeMs);
    if (batch.length === 0) {
      this.#schedule();
      return true;
    }
    this.#isSending = true;
    const accepted = await this.#settings.send({ records: batch.map((one) => this.#event(one)) });
    this.#isSending = false;
    if (accepted) {
      const sent = new Set(batch);
      this.#waiting = this.#waiting.filter((one) => !sent.has(one));
    }
    this.#schedule(accepted ? undefined : this.#settings.retryDelayMs());
    return accepted;
  }

  #event({ id, type, write }: Waiting): LogEvent {
    const { time, record } = write();
    const { tenantId } = this.#settings;
    return { version: 1, id, source: "https://authsignal.com", time, tenantId, type, record };
  }
}
