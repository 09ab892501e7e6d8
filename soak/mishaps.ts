/** Ways to fail that take turns, one about every so many calls. */
export interface Mishaps<Way> {
  readonly every: number;
  readonly ways: readonly Way[];
}

/** The first comes early, so that a small soak has it too. */
const FIRST_WITHIN = 10;

/** Says for each call whether it fails, and how; where two kinds are due, one waits for the next call. */
export function mishaps<Way>(kinds: readonly Mishaps<Way>[], random: () => number): () => Way | undefined {
  const gap = (mean: number) => 1 + Math.floor(random() * (2 * mean - 1));
  const states = kinds.map(({ every, ways }) => ({
    every,
    ways,
    turn: 0,
    left: gap(Math.min(every, FIRST_WITHIN / 2)),
  }));
  return () => {
    for (const state of states) {
      state.left -= 1;
    }
    const due = states.toSorted((one, other) => one.left - other.left)[0];
    if (due === undefined || due.left > 0) {
      return undefined;
    }
    due.left = gap(due.every);
    const way = due.ways[due.turn % due.ways.length];
    due.turn += 1;
    return way;
  };
}
