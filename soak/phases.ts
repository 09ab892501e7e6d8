/** Phases that come one after the other, each beside the work of its share. */
export interface Phases {
  /** Resolves when that phase has begun, which is when the one before is over. */
  reach(phase: number): Promise<void>;
  /** Resolves when all that have begun are over. */
  over(): Promise<void>;
}

/** Whoever reaches a phase begins it, once: nothing of a later share is sent while an earlier phase goes on. */
export function inTurn(phases: readonly (() => Promise<void>)[]): Phases {
  const begun: Promise<void>[] = [];
  let last: Promise<void> = Promise.resolve();

  async function begin(phase: number): Promise<void> {
    if (phase > 0) {
      await reach(phase - 1);
    }
    await last;
    last = phases[phase]?.() ?? Promise.resolve();
  }

  function reach(phase: number): Promise<void> {
    return (begun[phase] ??= begin(phase));
  }

  return {
    reach,
    async over() {
      await Promise.all(begun);
      await last;
    },
  };
}
