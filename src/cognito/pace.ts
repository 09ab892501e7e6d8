const MS_PER_SECOND = 1000;

/**
 * Lets so many through in a second, evenly, and the others wait for their turn.
 *
 * @param wait resolves after so many milliseconds.
 */
export function pace(
  perSecond: number,
  nowMs: () => number,
  wait: (milliseconds: number) => Promise<void>,
): () => Promise<void> {
  let nextMs = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = nowMs();
    const turnMs = Math.max(now, nextMs);
    nextMs = turnMs + MS_PER_SECOND / perSecond;
    if (turnMs > now) {
      await wait(turnMs - now);
    }
  };
}
