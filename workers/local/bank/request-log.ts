import type { IncomingMessage } from "node:http";

const KEPT_REQUESTS = 2_000;
const KEPT_BODY_BYTES = 64 * 1024;

/** One request as it arrived: the target and headers exactly as on the wire. */
export interface BankRequest {
  readonly at: number;
  readonly method: string;
  /** The raw request target. */
  readonly url: string;
  /** Names and values in order, names in their original case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The first 64 KiB of the body as UTF-8; grows while the body arrives. */
  readonly bodyText: string;
}

/** The last 2,000 requests the bank received, oldest first. */
export class RequestLog {
  #entries: LoggedRequest[] = [];
  readonly #byMessage = new WeakMap<IncomingMessage, LoggedRequest>();

  /** Writes a request down the moment its head is there. */
  arrived(message: IncomingMessage, now: number): void {
    const entry = new LoggedRequest(message, now);
    this.#byMessage.set(message, entry);
    this.#entries.push(entry);
    if (this.#entries.length > KEPT_REQUESTS) {
      this.#entries.shift();
    }
  }

  /** Adds a piece of the body of a request that has arrived. */
  bodyArrived(message: IncomingMessage, chunk: Uint8Array): void {
    this.#byMessage.get(message)?.append(chunk);
  }

  /** A copy of what is there now. */
  entries(): readonly BankRequest[] {
    return this.#entries.map((entry) => entry.snapshot());
  }

  clear(): void {
    this.#entries = [];
  }
}

class LoggedRequest {
  readonly #head: Omit<BankRequest, "bodyText">;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(message: IncomingMessage, now: number) {
    const raw = message.rawHeaders;
    const headers: [string, string][] = [];
    for (let i = 0; i + 1 < raw.length; i += 2) {
      headers.push([raw[i] ?? "", raw[i + 1] ?? ""]);
    }
    this.#head = { at: now, method: message.method ?? "", url: message.url ?? "", headers };
  }

  append(chunk: Uint8Array): void {
    const rest = KEPT_BODY_BYTES - this.#bytes;
    if (rest > 0) {
      this.#chunks.push(chunk.slice(0, rest));
      this.#bytes += Math.min(chunk.byteLength, rest);
    }
  }

  snapshot(): BankRequest {
    return { ...this.#head, bodyText: Buffer.concat(this.#chunks).toString("utf8") };
  }
}
