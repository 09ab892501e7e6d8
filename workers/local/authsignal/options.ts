import type { SeedUser } from "../seed.ts";
import type { Fault } from "./faults.ts";
import type { Switches } from "./switches.ts";
import type { WebauthnSettings } from "./webauthn-settings.ts";
import type { WebhookBehaviour } from "./webhooks.ts";

/** What a stand-in is started with. */
export interface AuthsignalOptions {
  /** 0: any free port. */
  readonly port: number;
  /** The server API secret: HTTP Basic user name, token key, and webhook key. */
  readonly secretKey: string;
  /** A second active key, as during a rotation. */
  readonly previousSecretKey?: string;
  readonly tenantId: string;
  readonly users: readonly SeedUser[];
  /** Where authenticator events go; without it none are sent. */
  readonly webhookUrl?: string;
  readonly webhookRetryDelayMs?: number;
  readonly trackTokenMinutes?: number;
  /** Relying party and origins of passkeys; by default those of the pages. */
  readonly passkeys?: Partial<WebauthnSettings>;
  /** The origins that may embed the pre-built UI in popup mode; by default any. */
  readonly popupOrigins?: readonly string[];
  /** The key of the management API, which is not a server API key. */
  readonly managementSecretKey?: string;
  /** Where the webhooks of other kinds go, and how deliveries behave. */
  readonly webhooks?: Partial<WebhookBehaviour>;
  /** How long a log record waits for its batch; the real service waits for the duration of a token. */
  readonly logDelayMs?: number;
  /** Choices made otherwise than by default. */
  readonly switches?: Partial<Switches>;
  /** Faults that are on from the start. */
  readonly faults?: readonly Fault[];
  /** By how much the clock is wrong at the start. */
  readonly clockShiftMs?: number;
  /** A folder in which the state outlives a restart. */
  readonly stateFolder?: string;
  /** A JSON file with users, actions, value lists, address ranges and app clients to begin with. */
  readonly seedFile?: string;
  /** The clock, in milliseconds since the epoch. */
  readonly nowMs?: () => number;
}
