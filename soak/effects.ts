/** What was seen of one effect elsewhere. */
interface Seen {
  done: number;
  twice: number;
  /** Whether the next time is one that the product's documentation allows. */
  isExcused: boolean;
  isRemembered: boolean;
}

/** How often each effect elsewhere was done, by its mark (src/ledger/event-reactions.ts), and when that is too often. */
export interface Effects {
  /** A service did it; `isAnswered` is false where the service itself lost the answer or held it back too long. */
  done(mark: string, isAnswered: boolean): void;
  /** The ledger took down that it is done. */
  remembered(mark: string): void;
  /** What was to tell the ledger so was made to fail. */
  forgotten(mark: string): void;
  /** The Workers were killed, and are back. */
  killed(): void;
  readonly times: (mark: string) => number;
  readonly marks: () => readonly string[];
  /** How many times effects were done again with an excuse. */
  readonly excused: () => number;
  /** The effects that were done again without one, with how often. */
  readonly twice: () => readonly (readonly [mark: string, times: number])[];
}

/**
 * An effect may be done again in three cases only (docs/webhooks.md, "When something fails"): its answer was lost, the
 * ledger was not told, or the Workers were killed after it and before the ledger was told. Each excuses one time more.
 * Told in the order of time.
 */
export function effects(): Effects {
  const all = new Map<string, Seen>();
  const of = (mark: string): Seen => {
    const seen = all.get(mark) ?? { done: 0, twice: 0, isExcused: false, isRemembered: false };
    all.set(mark, seen);
    return seen;
  };
  return {
    done(mark, isAnswered) {
      const seen = of(mark);
      if (seen.done > 0 && !seen.isExcused) {
        seen.twice += 1;
      }
      seen.done += 1;
      seen.isExcused = !isAnswered;
    },
    remembered(mark) {
      Object.assign(of(mark), { isRemembered: true, isExcused: false });
    },
    forgotten(mark) {
      of(mark).isExcused = true;
    },
    killed() {
      for (const seen of all.values()) {
        seen.isExcused ||= seen.done > 0 && !seen.isRemembered;
      }
    },
    times: (mark) => all.get(mark)?.done ?? 0,
    marks: () => [...all].filter(([, { done }]) => done > 0).map(([mark]) => mark),
    excused: () => [...all.values()].reduce((sum, { done, twice }) => sum + Math.max(0, done - 1) - twice, 0),
    twice: () => [...all].filter(([, { twice }]) => twice > 0).map(([mark, { twice }]) => [mark, twice]),
  };
}
