/** What a flood of forged deliveries is held back by: in one isolate, and by nothing that a valid delivery waits for. */
export interface Brake {
  /**
   * Notes a delivery whose signature was wrong, after it was found to be: no sender is held back for what others send.
   * `flood`: there are more than a person could read; `record` says whether this one is to be recorded.
   */
  forged(): { readonly flood: boolean; readonly record: boolean };
  /**
   * Asks for room for a body that turns out to be large, before its signature can be checked. Undefined when too many
   * are being read. Give the room back by calling what is returned.
   */
  roomForLarge(): (() => void) | undefined;
  /** Whether to alert about a signature that is right but for its time: at most once in ten minutes. */
  mayAlertOfTime(): boolean;
}

/** Forged deliveries in one second that are answered and recorded one by one. */
const FORGED_PER_SECOND = 20;
/** 32 of 1 MiB: a quarter of what an isolate may hold. */
const MAX_LARGE_BODIES = 32;
const ALERT_EVERY_MS = 10 * 60_000;
const MS_PER_SECOND = 1000;

/** Makes the brake of an isolate. */
export function floodBrake(nowMs: () => number): Brake {
  let second = 0;
  let forgedInSecond = 0;
  let large = 0;
  let alertedAtMs = Number.NEGATIVE_INFINITY;
  return {
    forged() {
      const now = Math.floor(nowMs() / MS_PER_SECOND);
      forgedInSecond = now === second ? forgedInSecond + 1 : 1;
      second = now;
      // The first above the limit is recorded too: it says that the rest of this second is not.
      return {
        flood: forgedInSecond > FORGED_PER_SECOND,
        record: forgedInSecond <= FORGED_PER_SECOND + 1,
      };
    },
    roomForLarge() {
      if (large >= MAX_LARGE_BODIES) {
        return undefined;
      }
      large += 1;
      return () => {
        large -= 1;
      };
    },
    mayAlertOfTime() {
      const may = nowMs() - alertedAtMs >= ALERT_EVERY_MS;
      alertedAtMs = may ? nowMs() : alertedAtMs;
      return may;
    },
  };
}
