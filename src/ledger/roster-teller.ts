import { parseSub, type Sub } from "../identity/principal.ts";
import { isDueForRoster, noteRostered } from "./roster-note.ts";
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
  const { sql } = ctx.storage;
  let isTelling = false;

  // Read each time: an object that an alarm woke may not know its name yet.
  function mine() {
    const sub = parseSub(ctx.id.name);
    return sub === undefined || rosters === undefined
      ? undefined
      : { sub, roster: rosters.getByName(rosterOf(sub)) };
  }

  async function tell({ sub, roster }: { sub: Sub; roster: { note(sub: Sub): Promise<void> } }) {
    try {
      await roster.note(sub);
      noteRostered(sql, Date.now());
    } catch {
      // Told again.
    } finally {
      isTelling = false;
    }
  }

  return {
    active() {
      if (isTelling || !isDueForRoster(sql, Date.now(), EVERY_MS)) {
        return;
      }
      const found = mine();
      if (found !== undefined) {
        isTelling = true;
        ctx.waitUntil(tell(found));
      }
    },
    async forget() {
      const found = mine();
      await found?.roster.forget(found.sub);
    },
  };
}
