import { DISORDER_HOLD_MS } from "./choices.ts";

/** Lets events overtake each other: collects some and releases them last first. */
export class EventOrder<T> {
  readonly #release: (events: readonly T[]) => void;
  #held: T[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(release: (events: readonly T[]) => void) {
    this.#release = release;
  }

  /** Takes an event. Less than two at a time means: in order, at once. */
  take(event: T, groupSize: number): void {
    this.#held.push(event);
    if (this.#held.length >= groupSize) {
      this.#flush();
    } else {
      this.#timer ??= setTimeout(() => this.#flush(), DISORDER_HOLD_MS).unref();
    }
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#held = [];
  }

  #flush(): void {
    const held = this.#held.toReversed();
    this.clear();
    this.#release(held);
  }
}
