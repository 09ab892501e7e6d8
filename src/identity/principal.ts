/** A Cognito `sub`: the one immutable name of a user, and Authsignal's `userId` (design decision 5). */
export type Sub = string & { readonly __brand: "Sub" };

/** What one sign-in is called: Cognito's `origin_jti`, shared by every token descended from it (cognito.md 3.4). */
export type SessionId = string & { readonly __brand: "SessionId" };

/** The verified Cognito user of a request. Everything in it comes from a token whose signature was checked. */
export interface Principal {
  readonly sub: Sub;
  readonly session: SessionId;
  /** When the person last signed in, in seconds; a refresh does not move it. */
  readonly authTimeSeconds: number;
  readonly expiresAtSeconds: number;
  readonly username: string;
  readonly email: string | undefined;
  readonly groups: readonly string[];
  readonly scopes: readonly string[];
  /** All claims of the token (or of the ID token behind a cookie session), for policies that read them. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** How a request carried its proof: a program's bearer token, or the cookie of a managed sign-in. */
export type Carrier = "bearer" | "cookie";

/**
 * Cognito's `sub` is a UUID in practice though not by promise (cognito.md 1.3); it names a ledger and goes into
 * Authsignal's URLs, so only characters that mean nothing there are taken.
 */
const SUB_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{7,127}$/;
const SESSION_PATTERN = /^[A-Za-z0-9_-]{1,128}$/;

/** Brands a `sub` of the accepted shape, else gives `undefined`. */
export function parseSub(value: unknown): Sub | undefined {
  // The one place a Sub is made: the pattern just matched.
  return typeof value === "string" && SUB_PATTERN.test(value) ? (value as Sub) : undefined;
}

/** Brands a session id of the accepted shape, else gives `undefined`. */
export function parseSessionId(value: unknown): SessionId | undefined {
  // The one place a SessionId is made: the pattern just matched.
  return typeof value === "string" && SESSION_PATTERN.test(value) ? (value as SessionId) : undefined;
}
