/** Longer than the wait before a fifth try, with its jitter (consume.ts): after so long without any, none will come. */
const QUIET_MS = 390_000;
/** The same when the queue is empty. */
const EMPTY_MS = 5_000;
const LOOK_MS = 250;

/** What is waited for. */
export interface Waited {
  /** Grows with all that happens. */
  readonly count: () => number;
  readonly openMessages: () => Promise<number>;
  readonly isComplete: () => boolean;
}

/** Waits until the queue is empty and everything is there, or nothing more will come. */
export async function settled({ count, openMessages, isComplete }: Waited): Promise<void> {
  let seen = count();
  for (let changedAtMs = Date.now(); ;) {
    const isEmpty = (await openMessages()) <= 0;
    const quietMs = Date.now() - changedAtMs;
    if ((isEmpty && (quietMs >= EMPTY_MS || isComplete())) || quietMs >= QUIET_MS) {
      return;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
    if (count() !== seen) {
      seen = count();
      changedAtMs = Date.now();
    }
  }
}
