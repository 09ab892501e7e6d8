/** How many keys are counted before the oldest is forgotten. */
const MAX_KEYS = 20_000;

/** Counts events per key in a sliding window. */
export class RateWindow {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #times = new Map<string, number[]>();

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** How many more events the key may have now. */
  left(key: string, nowMs: number): number {
    return Math.max(0, this.#limit - this.#recent(key, nowMs).length);
  }

  /** Counts one event; false when the key has none left. */
  take(key: string, nowMs: number): boolean {
    const recent = this.#recent(key, nowMs);
    if (recent.length >= this.#limit) {
      return false;
    }
    const [oldest] = this.#times.keys();
    if (oldest !== undefined && this.#times.size >= MAX_KEYS && !this.#times.has(key)) {
      this.#times.delete(oldest);
    }
    this.#times.set(key, [...recent, nowMs]);
    return true;
  }

  forget(key: string): void {
    this.#times.delete(key);
  }

  clear(): void {
    this.#times.clear();
  }

  #recent(key: string, nowMs: number): number[] {
    return (this.#times.get(key) ?? []).filter((at) => at > nowMs - this.#windowMs);
  }
}
