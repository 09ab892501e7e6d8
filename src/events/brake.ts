/** What a flood of forged deliveries is held back by: in one isolate, and by nothing that a valid delivery waits for. */
export interface Brake {
  /**
   * Notes a refusal of somebody unverified, after it was found to be one: nobody is held back for what others send.
   * `flood`: there are more than a person could read; `record` says whether this one is to be recorded.
   */
  refused(): { readonly flood: boolean; readonly record: boolean };
  /** Whether there were more in this second or the one before: only then does it matter what a refusal costs. */
  isFlooded(): boolean;
  /** Whether an alert about a signature that is right but for its time may be raised: one in ten minutes. */
  mayAlertOfTime(): boolean;
  /** Notes that one is being raised. */
  alertedOfTime(): void;
  /** Notes that it did not arrive: the next one may try again in ten seconds. */
  alertOfTimeFailed(): void;
}

/** Refusals in one second that are answered and recorded one by one. */
const REFUSED_PER_SECOND = 20;
const ALERT_EVERY_MS = 10 * 60_000;
const ALERT_AGAIN_MS = 10_000;
const MS_PER_SECOND = 1000;

/** Makes the brake of an isolate. */
export function floodBrake(nowMs: () => number): Brake {
  let second = 0;
  let refusedInSecond = 0;
  let floodedIn = Number.NEGATIVE_INFINITY;
  let alertedAtMs = Number.NEGATIVE_INFINITY;
  return {
    refused() {
      const now = Math.floor(nowMs() / MS_PER_SECOND);
      refusedInSecond = now === second ? refusedInSecond + 1 : 1;
      second = now;
      if (refusedInSecond > REFUSED_PER_SECOND) {
        floodedIn = now;
      }
      // The first above the limit is recorded too: it says that the rest of this second is not.
      return {
        flood: refusedInSecond > REFUSED_PER_SECOND,
        record: refusedInSecond <= REFUSED_PER_SECOND + 1,
      };
    },
    isFlooded: () => Math.floor(nowMs() / MS_PER_SECOND) - floodedIn <= 1,
    mayAlertOfTime: () => nowMs() - alertedAtMs >= ALERT_EVERY_MS,
    alertedOfTime() {
      alertedAtMs = nowMs();
    },
    alertOfTimeFailed() {
      alertedAtMs = nowMs() - ALERT_EVERY_MS + ALERT_AGAIN_MS;
    },
  };
}
