import type { AppClient } from "./clients.ts";
import type { Inbox } from "./inbox.ts";
import type { KeyRing } from "./keys.ts";
import type { IdentityProvider, PoolSettings } from "./settings.ts";
import type { Store } from "./store.ts";
import type { TriggerTargets } from "./triggers/targets.ts";

/** The user pool with its app clients, and where it is reached. */
export interface Pool {
  readonly userPoolId: string;
  /** The part of the pool id before the underscore. */
  readonly region: string;
  readonly clients: ReadonlyMap<string, AppClient>;
  /** How the pool is set up and where the documents leave a choice; changed by the control API. */
  readonly settings: PoolSettings;
  /** External identity providers by their name. */
  readonly identityProviders: ReadonlyMap<string, IdentityProvider>;
  /** Lambda functions by the step that calls them. */
  readonly triggers: TriggerTargets;
  /** Who may make calls that AWS credentials are needed for. */
  readonly admin: AdminCredentials;
  /** `iss` of every token, in the format that is switched on. */
  readonly issuer: () => string;
  /** The managed login endpoints for servers. */
  readonly domain: string;
  /** The same endpoints under the name that browsers use. */
  readonly publicDomain: string;
  readonly keys: KeyRing;
  /** Replaced as a whole by a reset. */
  store: Store;
  readonly inbox: Inbox;
  /** Milliseconds since the epoch, with the shift that the control API has set. */
  readonly now: () => number;
}

/** The one IAM user of the local world. */
export interface AdminCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The clock in the unit of token claims. */
export function nowSeconds(pool: Pool): number {
  return Math.floor(pool.now() / 1000);
}
