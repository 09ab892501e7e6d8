import { parseSub } from "../identity/principal.ts";
import { isDueForRoster, noteRostered } from "./authenticators.ts";
import { rosterOf } from "./roster-port.ts";

/** The roster is told of an active user no more often than this. */
const EVERY_MS = 3_600_000;

/** Tells the roster of one ledger's user. */
export interface RosterTeller {
  /** That the user is active. In the background: nobody waits for it, and what fails is told with the next request. */
  active(): void;
  /** That the user is forgotten. Rejects when the roster does not answer. */
  forget(): Promise<void>;
}

/** @param rosters undefined in a world without them; a ledger that is no user's has nothing to tell either. */
export function rosterTeller(ctx: DurableObjectState, rosters: Env["ROSTER"] | undefined): RosterTeller {
  const sub = parseSub(ctx.id.name);
  if (sub === undefined || rosters === undefined) {
    return { active: () => undefined, forget: async () => undefined };
  }
  const { sql } = ctx.storage;
  let isTelling = false;

  async function tell(of: NonNullable<typeof sub>, all: NonNullable<typeof rosters>): Promise<void> {
    try {
      await all.getByName(rosterOf(of)).note(of);
      noteRostered(sql, Date.now());
    } catch {
      // Told again.
    } finally {
      isTelling = false;
    }
  }

  return {
    active() {
      if (!isTelling && isDueForRoster(sql, Date.now(), EVERY_MS)) {
        isTelling = true;
        ctx.waitUntil(tell(sub, rosters));
      }
    },
    forget: () => rosters.getByName(rosterOf(sub)).forget(sub),
  };
}
