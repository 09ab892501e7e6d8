import type { PoolUser } from "./pool.ts";

/** Managed login's own session in the browser, an hour from password entry (reference 1.5). */
export const BROWSER_SESSION_SECONDS = 3600;
const CODE_MS = 5 * 60 * 1000;

/** A browser in which a password was entered. */
export interface BrowserSession {
  readonly user: PoolUser;
  readonly authTimeSeconds: number;
  readonly expiresAtMs: number;
}

/** What an authorization code stands for. */
export interface CodeGrant {
  readonly user: PoolUser;
  readonly authTimeSeconds: number;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly codeChallenge?: string;
  readonly nonce?: string;
  readonly resource?: string;
}

/** All tokens that descend from one sign-in; they share `origin_jti`. */
export interface Lineage {
  readonly originJti: string;
  readonly eventId: string;
  readonly user: PoolUser;
  readonly authTimeSeconds: number;
  readonly scopes: readonly string[];
  readonly origin: "domain" | "api";
  readonly resource?: string;
  readonly refreshToken: string;
  readonly refreshExpiresAtMs: number;
  revoked: boolean;
}

/** What the pool remembers, for as long as the process lives. */
export class Store {
  readonly #browserSessions = new Map<string, BrowserSession>();
  readonly #codes = new Map<string, CodeGrant & { readonly expiresAtMs: number }>();
  readonly #byOriginJti = new Map<string, Lineage>();
  readonly #byRefreshToken = new Map<string, Lineage>();

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
    for (const [old, { expiresAtMs }] of this.#codes) {
      // Codes are in order of age, so the first living one ends the sweep.
      if (nowMs < expiresAtMs) {
        break;
      }
      this.#codes.delete(old);
    }
    this.#codes.set(code, { ...grant, expiresAtMs: nowMs + CODE_MS });
  }

  /** Redeems a code: it is gone afterwards, whatever becomes of the exchange. */
  takeCode(code: string, nowMs: number): CodeGrant | undefined {
    const grant = this.#codes.get(code);
    this.#codes.delete(code);
    return grant !== undefined && nowMs < grant.expiresAtMs ? grant : undefined;
  }

  putLineage(lineage: Lineage): void {
    this.#byOriginJti.set(lineage.originJti, lineage);
    this.#byRefreshToken.set(lineage.refreshToken, lineage);
  }

  lineageByOriginJti(originJti: string): Lineage | undefined {
    return this.#byOriginJti.get(originJti);
  }

  lineageByRefreshToken(refreshToken: string): Lineage | undefined {
    return this.#byRefreshToken.get(refreshToken);
  }

  /** Global sign-out: every lineage of the user is revoked; browser sessions are kept (reference 3.4). */
  revokeAll(user: PoolUser): void {
    for (const lineage of this.#byOriginJti.values()) {
      if (lineage.user.sub === user.sub) {
        lineage.revoked = true;
      }
    }
  }
}
