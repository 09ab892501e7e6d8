import { recent } from "../http/recent.ts";
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
  const reads = recent<{ readonly revoked: boolean; readonly atMs: number }>({ entries: MAX_ENTRIES });

  function note(principal: Principal, revoked: boolean): void {
    reads.set(nameOf(principal), { revoked, atMs: options.nowMs() });
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
