import type { StartedChallenge } from "./challenge-book.ts";
import type { Context } from "./context.ts";
import type { Message } from "./inbox.ts";
import type { Saveable } from "./persistence.ts";
import type { Sessions } from "./sessions.ts";
import type { SavedStore } from "./state.ts";
import { createSwitches } from "./switches.ts";
import type { Switches } from "./switches.ts";
import type { Tenant } from "./tenant.ts";
import type { Webhooks } from "./webhooks.ts";

/** Everything that outlives a restart. Codes on their way and half-done ceremonies do not. */
export interface SavedWorld {
  readonly secretKeys: readonly string[];
  readonly clockShiftMs: number;
  readonly switches: Switches;
  readonly store: SavedStore;
  readonly tenant: ReturnType<Tenant["save"]>;
  readonly inbox: readonly Message[];
  readonly challenges: readonly StartedChallenge[];
  readonly sessions: Awaited<ReturnType<Sessions["save"]>>;
  readonly webhooks: ReturnType<Webhooks["save"]>;
}

/** The state of a stand-in as one thing: to be written down, taken over, and begun anew. */
export function worldState(context: Context): Saveable<SavedWorld> & { reset(): void } {
  const { keys, clock, switches, store, tenant, inbox, challenges, sessions, webhooks } = context;
  const initialSwitches = structuredClone(switches);
  return {
    async save() {
      return {
        secretKeys: keys.list,
        clockShiftMs: clock.shiftMs,
        switches,
        store: store.save(),
        tenant: tenant.save(),
        inbox: inbox.messages(),
        challenges: challenges.save(),
        sessions: await sessions.save(),
        webhooks: webhooks.save(),
      };
    },

    load(saved) {
      // Keys that rotated stay rotated, unless the operator has started with a key that was never among them.
      if (keys.list.every((key) => saved.secretKeys.includes(key))) {
        keys.replace(saved.secretKeys);
      }
      clock.shiftMs = saved.clockShiftMs;
      Object.assign(switches, createSwitches(saved.switches));
      store.load(saved.store);
      tenant.load(saved.tenant);
      inbox.load(saved.inbox);
      challenges.load(saved.challenges);
      sessions.load(saved.sessions);
      webhooks.load(saved.webhooks);
    },

    reset() {
      clock.shiftMs = 0;
      Object.assign(switches, structuredClone(initialSwitches));
      store.reset();
      tenant.reset();
      inbox.clear();
      challenges.clear();
      sessions.clear();
      webhooks.clear();
      context.verifier.clear();
      context.client.clear();
      context.limits.clear();
      context.faults.set([]);
    },
  };
}
