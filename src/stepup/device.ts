import { COOKIE_PREFIX, readCookie } from "../http/cookies.ts";
import type { Keyring } from "../http/keyring.ts";
import type { SessionId } from "../identity/principal.ts";

/** The cookie that names a browser to Authsignal's rules (design decision 11). */
export const DEVICE_COOKIE = `${COOKIE_PREFIX}device`;
/** Browsers keep a cookie at most 400 days (RFC 6265bis section 5.5). */
export const DEVICE_COOKIE_SECONDS = 400 * 24 * 3600;

/** The device id of a request whose cookie the gateway signed; `undefined` for none or a made-up one. */
export async function readDevice(keyring: Keyring, cookieHeader: string | null): Promise<string | undefined> {
  const [id, signature, ...rest] = (readCookie(cookieHeader, DEVICE_COOKIE) ?? "").split(".");
  if (id === undefined || signature === undefined || rest.length > 0) {
    return undefined;
  }
  return (await keyring.verify("device", id, signature)) ? id : undefined;
}

/**
 * The device id of a request that brings none: the same for all of one session, so that a browser which drops its
 * cookie, and a program which never had one, is one device that Authsignal has not seen before this sign-in.
 */
export async function deviceOfSession(keyring: Keyring, session: SessionId): Promise<string> {
  return `session-${await keyring.sign("device", `session:${session}`)}`;
}

/** The cookie value of a new device. */
export async function signDevice(keyring: Keyring, id: string): Promise<string> {
  return `${id}.${await keyring.sign("device", id)}`;
}
