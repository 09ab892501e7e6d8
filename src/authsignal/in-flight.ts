/** Ends what `begin` began; calling it twice does nothing. */
export type End = () => void;

/** Counts what is under way. */
export interface InFlight {
  /** Counts one more, or `undefined` when there are as many as may be. */
  begin(nowMs: number): End | undefined;
}

/**
 * A bound on calls under way. A call whose request was abandoned by its client never ends: the runtime just stops it.
 * So each counts for as long as it can last at most, and not longer; else the bound would close for good.
 */
export function inFlight(limit: number, longestMs: number): InFlight {
  /** Start times; a set keeps them in the order they were added. */
  const calls = new Set<{ readonly startedMs: number }>();
  return {
    begin(nowMs) {
      for (const call of calls) {
        if (nowMs - call.startedMs < longestMs) {
          break;
        }
        calls.delete(call);
      }
      if (calls.size >= limit) {
        return undefined;
      }
      const call = { startedMs: nowMs };
      calls.add(call);
      return () => void calls.delete(call);
    },
  };
}
