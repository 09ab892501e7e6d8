import { createHash, randomBytes } from "node:crypto";
import { BoundedMap } from "./bounded-map.ts";
import type { AuthSession } from "./sign-in/auth-session.ts";
import type { TokenOverrides } from "./triggers/token-overrides.ts";
import { type Group, hasVerified, type User } from "./users.ts";

/** Managed login's own session in the browser, an hour from password entry (reference 1.5). */
export const BROWSER_SESSION_SECONDS = 3600;
const CODE_MS = 5 * 60 * 1000;

const MAX_LINEAGES = 50_000;
const MAX_REFRESH_TOKENS = 100_000;
const MAX_BROWSER_SESSIONS = 20_000;
const MAX_CODES = 20_000;
const MAX_AUTH_SESSIONS = 20_000;
const MAX_VERIFICATION_CODES = 10_000;

/** A browser in which a password was entered. */
export interface BrowserSession {
  readonly userSub: string;
  readonly authTimeSeconds: number;
  readonly expiresAtMs: number;
}

/** What an authorization code stands for. */
export interface CodeGrant {
  readonly clientId: string;
  readonly userSub: string;
  readonly authTimeSeconds: number;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly codeChallenge?: string;
  readonly nonce?: string;
  readonly resource?: string;
  /** What PreTokenGeneration said at sign-in. */
  readonly overrides?: TokenOverrides;
}

/** All tokens that descend from one sign-in; they share `origin_jti` and `event_id`. */
export interface Lineage {
  readonly originJti: string;
  readonly eventId: string;
  readonly clientId: string;
  readonly userSub: string;
  readonly authTimeSeconds: number;
  readonly scopes: readonly string[];
  readonly origin: "domain" | "api";
  readonly resource?: string;
  /** Where the life of every refresh token of the lineage ends, however often they rotate (reference 2.3). */
  readonly refreshExpiresAtMs: number;
  revoked: boolean;
}

/** One refresh token; the token itself is not kept. */
export interface RefreshToken {
  readonly eventId: string;
  /** When a rotation replaced it. */
  spentAtMs?: number;
}

/** A code that was sent to somebody to prove an address or to set a new password. */
export interface VerificationCode {
  readonly purpose: "confirm" | "email" | "password";
  readonly code: string;
  readonly expiresAtMs: number;
  failures: number;
}

/** Everything that survives a restart, as it is written. */
export interface Snapshot {
  readonly poolSecret: string;
  readonly users: readonly User[];
  readonly groups: readonly Group[];
  readonly browserSessions: readonly (readonly [string, BrowserSession])[];
  readonly codes: readonly (readonly [string, CodeGrant & { readonly expiresAtMs: number }])[];
  readonly lineages: readonly Lineage[];
  readonly refreshTokens: readonly (readonly [string, RefreshToken])[];
  readonly authSessions: readonly (readonly [string, AuthSession])[];
  readonly verificationCodes: readonly (readonly [string, VerificationCode])[];
}

/** What the pool remembers. */
export class Store {
  /** By lower-case username: names are not sensitive to case. */
  readonly users: Map<string, User>;
  readonly groups: Map<string, Group>;
  /** What decoys are derived from. */
  readonly poolSecret: string;
  readonly verificationCodes: BoundedMap<VerificationCode>;
  readonly #browserSessions: BoundedMap<BrowserSession>;
  readonly #codes: BoundedMap<CodeGrant & { readonly expiresAtMs: number }>;
  readonly #lineages: BoundedMap<Lineage>;
  readonly #refreshTokens: BoundedMap<RefreshToken>;
  readonly #authSessions: BoundedMap<AuthSession>;

  constructor(from: Partial<Snapshot> = {}) {
    this.poolSecret = from.poolSecret ?? randomBytes(32).toString("hex");
    this.users = new Map((from.users ?? []).map((user) => [user.username.toLowerCase(), user]));
    this.groups = new Map((from.groups ?? []).map((group) => [group.name, group]));
    this.verificationCodes = new BoundedMap(MAX_VERIFICATION_CODES, from.verificationCodes);
    this.#browserSessions = new BoundedMap(MAX_BROWSER_SESSIONS, from.browserSessions);
    this.#codes = new BoundedMap(MAX_CODES, from.codes);
    this.#lineages = new BoundedMap(
      MAX_LINEAGES,
      (from.lineages ?? []).map((lineage) => [lineage.eventId, lineage] as const),
    );
    this.#refreshTokens = new BoundedMap(MAX_REFRESH_TOKENS, from.refreshTokens);
    this.#authSessions = new BoundedMap(MAX_AUTH_SESSIONS, from.authSessions);
  }

  snapshot(): Snapshot {
    return {
      poolSecret: this.poolSecret,
      users: [...this.users.values()],
      groups: [...this.groups.values()],
      browserSessions: [...this.#browserSessions.entries()],
      codes: [...this.#codes.entries()],
      lineages: [...this.#lineages.values()],
      refreshTokens: [...this.#refreshTokens.entries()],
      authSessions: [...this.#authSessions.entries()],
      verificationCodes: [...this.verificationCodes.entries()],
    };
  }

  putUser(user: User): void {
    this.users.set(user.username.toLowerCase(), user);
  }

  userBySub(sub: string): User | undefined {
    for (const user of this.users.values()) {
      if (user.sub === sub) {
        return user;
      }
    }
    return undefined;
  }

  /** The user of this name, sub, or verified e-mail address or telephone number, without regard to case. */
  findUser(login: string): User | undefined {
    const wanted = login.trim().toLowerCase();
    const named = this.users.get(wanted);
    if (named !== undefined || wanted === "") {
      return named;
    }
    for (const user of this.users.values()) {
      const aliases = (["email", "phone_number"] as const)
        .filter((attribute) => hasVerified(user, attribute))
        .map((attribute) => user.attributes[attribute]?.toLowerCase());
      if (user.sub.toLowerCase() === wanted || aliases.includes(wanted)) {
        return user;
      }
    }
    return undefined;
  }

  putBrowserSession(id: string, session: BrowserSession): void {
    this.#browserSessions.set(id, session);
  }

  /** The browser session, unless it has ended. */
  browserSession(id: string | undefined, nowMs: number): BrowserSession | undefined {
    const session = id === undefined ? undefined : this.#browserSessions.get(id);
    return session !== undefined && nowMs < session.expiresAtMs ? session : undefined;
  }

  endBrowserSession(id: string): void {
    this.#browserSessions.delete(id);
  }

  /** Keeps a code for five minutes. */
  putCode(code: string, grant: CodeGrant, nowMs: number): void {
    this.#codes.set(code, { ...grant, expiresAtMs: nowMs + CODE_MS });
  }

  /** Redeems a code: it is gone afterwards, whatever becomes of the exchange. */
  takeCode(code: string, nowMs: number): CodeGrant | undefined {
    const grant = this.#codes.take(code);
    return grant !== undefined && nowMs < grant.expiresAtMs ? grant : undefined;
  }

  putAuthSession(id: string, session: AuthSession): void {
    this.#authSessions.set(id, session);
  }

  /** A `Session` answers once. */
  takeAuthSession(id: string): AuthSession | undefined {
    return this.#authSessions.take(id);
  }

  putLineage(lineage: Lineage): void {
    this.#lineages.set(lineage.eventId, lineage);
  }

  lineage(eventId: string): Lineage | undefined {
    return this.#lineages.get(eventId);
  }

  putRefreshToken(token: string, entry: RefreshToken): void {
    this.#refreshTokens.set(digest(token), entry);
  }

  refreshToken(token: string): RefreshToken | undefined {
    return this.#refreshTokens.get(digest(token));
  }

  /** Global sign-out: every lineage of the user is revoked; browser sessions are kept (reference 3.4). */
  revokeAll(user: User): void {
    for (const lineage of this.#lineages.values()) {
      if (lineage.userSub === user.sub) {
        lineage.revoked = true;
      }
    }
  }

  /** How much there is of everything, for the control page. */
  counts(): Readonly<Record<string, number>> {
    return {
      users: this.users.size,
      groups: this.groups.size,
      browserSessions: this.#browserSessions.size,
      lineages: this.#lineages.size,
      refreshTokens: this.#refreshTokens.size,
    };
  }
}

function digest(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
