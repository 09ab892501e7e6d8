import type { ChallengeBook } from "./challenge-book.ts";
import type { ClientState } from "./client-state.ts";
import type { CodeLimits } from "./code-limits.ts";
import type { FaultSwitch } from "./faults.ts";
import type { Inbox } from "./inbox.ts";
import type { SecretKeys } from "./keys.ts";
import type { Sessions } from "./sessions.ts";
import type { Store } from "./state.ts";
import type { Switches } from "./switches.ts";
import type { Tenant } from "./tenant.ts";
import type { Tokens } from "./tokens.ts";
import type { Verifier } from "./verification.ts";
import type { Webhooks } from "./webhooks.ts";

/** What every part of the stand-in is handed. */
export interface Context {
  /** The server API secrets, the current one first. They may rotate: read them each time. */
  readonly secretKeys: readonly string[];
  readonly keys: SecretKeys;
  readonly tenantId: string;
  readonly tenant: Tenant;
  readonly switches: Switches;
  readonly managementSecretKey: string;
  readonly store: Store;
  readonly tokens: Tokens;
  readonly inbox: Inbox;
  readonly verifier: Verifier;
  readonly webhooks: Webhooks;
  readonly faults: FaultSwitch;
  readonly sessions: Sessions;
  /** How often codes of the server API were sent and checked. */
  readonly limits: CodeLimits;
  /** By how much the clock is wrong; added to every reading of it. */
  readonly clock: { shiftMs: number };
  /** Challenges that have an id of their own. */
  readonly challenges: ChallengeBook;
  /** What browsers and phones have begun. */
  readonly client: ClientState;
  readonly nowMs: () => number;
  /** The base of the pages, known once the server listens. */
  readonly publicUrl: () => string;
  /** The base of the server API, `/v1` included. */
  readonly apiUrl: () => string;
}
