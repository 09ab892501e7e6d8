import type { EventOffice } from "../../src/events/office.ts";
import type { Ledger } from "../../src/ledger/object.ts";
import type { Roster } from "../../src/ledger/roster.ts";

/** The webhook Worker's bindings (`wrangler.toml` beside this); its settings are read by `config.ts` only. */
export interface WebhooksEnv {
  readonly LEDGER: DurableObjectNamespace<Ledger>;
  readonly ROSTER: DurableObjectNamespace<Roster>;
  readonly POLICY: KVNamespace;
  readonly EVENTS: Queue;
  readonly OFFICE: DurableObjectNamespace<EventOffice>;
}
