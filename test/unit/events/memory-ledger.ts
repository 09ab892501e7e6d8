import type { Nobody, ReactingLedger } from "../../../src/events/react.ts";
import { effectMark, type EventReactions } from "../../../src/ledger/event-reactions.ts";

/**
 * A ledger that marks and leases as the real one does (test/workers/ledger/reactions.test.ts tests that one), and can
 * fail; it serves for what is of nobody too.
 */
export function memoryLedger(options: { readonly before?: () => Promise<void> | void } = {}) {
  const marks = new Set<string>();
  const leased = new Set<string>();
  /** Every effect that was applied, as its mark. */
  const applied: string[] = [];
  const told: EventReactions[] = [];
  const markNew = (mark: string) => !marks.has(mark) && marks.add(mark) !== undefined;
  function lease(wanted: readonly string[]) {
    const open = wanted.filter((mark) => !marks.has(mark));
    const busy = open.filter((mark) => leased.has(mark));
    const mine = open.filter((mark) => !leased.has(mark));
    mine.forEach((mark) => leased.add(mark));
    return { mine, busy, leasedUntilMs: 1 };
  }
  const ledger: ReactingLedger & Nobody = {
    async react(events) {
      await options.before?.();
      told.push(...events);
      return events.map(({ eventId, reactions, isQueued }) =>
        reactions.map(({ reaction, effects, outside }) => {
          const fresh = effects.filter((effect) => markNew(effectMark(effect, eventId, reaction)));
          applied.push(...fresh.map((effect) => effectMark(effect, eventId, reaction)));
          const asked = isQueued === true ? outside : [];
          const { mine, busy, leasedUntilMs } = lease(
            asked.map((effect) => effectMark(effect, eventId, reaction)),
          );
          const among = (of: readonly string[]) =>
            asked.filter((effect) => of.includes(effectMark(effect, eventId, reaction)));
          return {
            reaction,
            fires: true,
            applied: fresh,
            pending: among(mine),
            busy: among(busy),
            leasedUntilMs,
          };
        }),
      );
    },
    async leaseEffects(wanted) {
      await options.before?.();
      return lease(wanted);
    },
    async finishEffects({ done, failed }) {
      await options.before?.();
      done.forEach((mark) => marks.add(mark));
      [...done, ...failed].forEach((mark) => leased.delete(mark));
    },
  };
  return { ledger, applied, told, marks };
}
