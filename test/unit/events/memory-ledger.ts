import type { ReactingLedger } from "../../../src/events/react.ts";
import { effectMark, type EventReactions } from "../../../src/ledger/event-reactions.ts";

/** A ledger that marks as the real one does (test/workers/ledger/reactions.test.ts tests that one), and can fail. */
export function memoryLedger(options: { readonly before?: () => Promise<void> | void } = {}) {
  const marks = new Set<string>();
  /** Every effect that was applied, as its mark. */
  const applied: string[] = [];
  const told: EventReactions[] = [];
  const markNew = (mark: string) => !marks.has(mark) && marks.add(mark) !== undefined;
  const ledger: ReactingLedger = {
    async react(events) {
      await options.before?.();
      told.push(...events);
      return events.map(({ eventId, reactions }) =>
        reactions.map(({ reaction, effects, outside }) => {
          const fresh = effects.filter((effect) => markNew(effectMark(effect, eventId, reaction)));
          applied.push(...fresh.map((effect) => effectMark(effect, eventId, reaction)));
          const pending = outside.filter((effect) => !marks.has(effectMark(effect, eventId, reaction)));
          return { reaction, fires: true, applied: fresh, pending };
        }),
      );
    },
    async markDone(done) {
      await options.before?.();
      done.forEach((mark) => marks.add(mark));
    },
  };
  return { ledger, applied, told, marks };
}
