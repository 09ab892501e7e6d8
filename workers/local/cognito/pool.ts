import type { SeedUser } from "../seed.ts";
import type { KeyRing } from "./keys.ts";
import type { Store } from "./store.ts";

/** A member of the pool; a seed user may also sit in groups. */
export interface PoolUser extends SeedUser {
  readonly groups?: readonly string[];
}

/** The user pool with its one public app client, and where it is reached. */
export interface Pool {
  readonly userPoolId: string;
  readonly clientId: string;
  readonly users: readonly PoolUser[];
  /** Exact redirect targets after sign-in. */
  callbackUrls: readonly string[];
  /** Exact redirect targets after sign-out. */
  logoutUrls: readonly string[];
  readonly accessTokenSeconds: number;
  readonly idTokenSeconds: number;
  readonly issuer: string;
  /** The managed login endpoints for servers. */
  readonly domain: string;
  /** The same endpoints under the name that browsers use. */
  readonly publicDomain: string;
  readonly keys: KeyRing;
  readonly store: Store;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The clock in the unit of token claims. */
export function nowSeconds(pool: Pool): number {
  return Math.floor(pool.now() / 1000);
}

/** The user with this name or e-mail address, without regard to case, if the password is theirs. */
export function authenticate(pool: Pool, login: string, password: string): PoolUser | undefined {
  const wanted = login.trim().toLowerCase();
  const user = pool.users.find(
    ({ username, email }) => username.toLowerCase() === wanted || email.toLowerCase() === wanted,
  );
  return user?.password === password ? user : undefined;
}
