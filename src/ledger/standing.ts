import type { Principal } from "../identity/principal.ts";
import type { Ledger, Seen } from "./port.ts";

/** Whether a sign-in has been revoked, as far as an ordinary route needs to know. */
export interface StandingReader {
  /** Synchronous while an earlier answer is younger than the configured staleness. */
  isRevoked(principal: Principal, ledger: () => Ledger, seen: () => Seen): boolean | Promise<boolean>;
  /** Notes what a sensitive route read just now. */
  note(principal: Principal, revoked: boolean): void;
}

const MAX_ENTRIES = 10_000;

/**
 * Remembers a read of the ledger for a few seconds (design decision 13: sensitive routes read it each time, others
 * trust a read for `stalenessMs`). A revocation is final for its session, so `revoked` is remembered like the rest.
 */
export function standingReader(options: {
  readonly stalenessMs: number;
  readonly nowMs: () => number;
}): StandingReader {
  const reads = new Map<string, { readonly revoked: boolean; readonly atMs: number }>();

  function note(principal: Principal, revoked: boolean): void {
    const name = nameOf(principal);
    reads.delete(name); // written again at the end: the first entry is always the oldest
    reads.set(name, { revoked, atMs: options.nowMs() });
    if (reads.size > MAX_ENTRIES) {
      const oldest = reads.keys().next();
      if (!oldest.done) {
        reads.delete(oldest.value);
      }
    }
  }

  return {
    note,
    isRevoked(principal, ledger, seen) {
      const read = reads.get(nameOf(principal));
      if (read !== undefined && options.nowMs() - read.atMs < options.stalenessMs) {
        return read.revoked;
      }
      return ledger()
        .standing({ session: principal.session, authTimeSeconds: principal.authTimeSeconds }, seen())
        .then(({ revoked }) => {
          note(principal, revoked);
          return revoked;
        });
    },
  };
}

function nameOf(principal: Principal): string {
  return `${principal.sub} ${principal.session} ${principal.authTimeSeconds}`;
}
