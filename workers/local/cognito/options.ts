import type { ClientOptions } from "./clients.ts";
import type { CognitoFault } from "./faults.ts";
import type { AdminCredentials } from "./pool.ts";
import type { IdentityProvider, PoolSettings } from "./settings.ts";
import type { TriggerOptions } from "./triggers/targets.ts";
import type { PoolUser } from "./users.ts";

/** The user pool to stand in for. */
export interface CognitoOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly users: readonly PoolUser[];
  /** Such as `us-east-1_Sallyport1`. */
  readonly userPoolId: string;
  /** The app client that the next members are about. */
  readonly clientId: string;
  /** Matched exactly; may be given later with `setUrls`. */
  readonly callbackUrls: readonly string[];
  readonly logoutUrls: readonly string[];
  readonly accessTokenSeconds?: number;
  readonly idTokenSeconds?: number;
  /** More about that app client. */
  readonly client?: Partial<Omit<ClientOptions, "clientId">>;
  /** Further app clients, such as one with a secret. */
  readonly clients?: readonly ClientOptions[];
  readonly settings?: Partial<PoolSettings>;
  readonly identityProviders?: readonly IdentityProvider[];
  readonly triggers?: TriggerOptions;
  /** How long one try of a trigger may take; Cognito gives it five seconds. */
  readonly triggerTimeoutMs?: number;
  /** The AWS credentials that Admin calls are signed with; `LOCAL_ADMIN` when absent. */
  readonly admin?: AdminCredentials;
  /** Where state is kept between runs; in memory alone when absent. What the folder holds wins over the seed. */
  readonly stateFolder?: string;
  /** A JSON file with users instead of `users`. */
  readonly seedFile?: string;
  /** Faults that are on from the start. */
  readonly faults?: readonly CognitoFault[];
  /** By how much the clock is wrong at the start. */
  readonly clockShiftSeconds?: number;
  /** Milliseconds since the epoch; the real clock unless a test hands in its own. */
  readonly now?: () => number;
}

/** The AWS credentials of the local world. They open nothing but a stand-in. */
export const LOCAL_ADMIN: AdminCredentials = {
  accessKeyId: "AKIALOCALSALLYPORT00",
  secretAccessKey: "local-sallyport-secret-access-key-000000",
};
