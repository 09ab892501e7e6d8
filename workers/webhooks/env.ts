import type { EventOffice } from "../../src/events/office.ts";
import type { Ledger } from "../../src/ledger/object.ts";

/** The webhook Worker's bindings (`wrangler.toml` beside this); its settings are read by `config.ts` only. */
export interface WebhooksEnv {
  readonly LEDGER: DurableObjectNamespace<Ledger>;
  readonly POLICY: KVNamespace;
  readonly EVENTS: Queue;
  readonly OFFICE: DurableObjectNamespace<EventOffice>;
}
