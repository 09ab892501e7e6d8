import type { FaultSwitch } from "./faults.ts";
import type { Inbox } from "./inbox.ts";
import type { Store } from "./state.ts";
import type { Tokens } from "./tokens.ts";
import type { Verifier } from "./verification.ts";
import type { Webhooks } from "./webhooks.ts";

/** What every part of the stand-in is handed. */
export interface Context {
  readonly secretKeys: readonly string[];
  readonly tenantId: string;
  readonly store: Store;
  readonly tokens: Tokens;
  readonly inbox: Inbox;
  readonly verifier: Verifier;
  readonly webhooks: Webhooks;
  readonly faults: FaultSwitch;
  readonly nowMs: () => number;
  /** The base of the pages, known once the server listens. */
  readonly publicUrl: () => string;
}
