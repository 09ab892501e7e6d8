import { COOKIE_PREFIX } from "../http/cookies.ts";

/** One cookie per sign-in, so that two tabs do not spoil each other's. */
export const SIGN_IN_COOKIE_PREFIX = `${COOKIE_PREFIX}sign-in-`;

/** The name of the cookie that belongs to a `state`. */
export function signInCookieName(state: string): string {
  return SIGN_IN_COOKIE_PREFIX + state.replace(/[^A-Za-z0-9_-]/g, "").slice(0, 16);
}
