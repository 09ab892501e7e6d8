/**
 * Every cookie of Sallyport's own begins with this. `__Host-` makes browsers insist on Secure, Path=/ and no Domain,
 * so that a sibling host cannot plant one (RFC 6265bis section 4.1.3.2).
 */
export const COOKIE_PREFIX = "__Host-sallyport-";

/** Blanks that may stand around a pair. `trim` would take U+00A0 and its like too, which browsers let into a name. */
const AROUND = /^[ \t]+|[ \t]+$/g;

/**
 * Reads one cookie from a `Cookie` header. Only a semicolon separates (RFC 6265bis section 5.8.3): a comma may stand in
 * another cookie's value, and whoever may write that one (a sibling host, the app) must not write ours with it.
 */
export function readCookie(header: string | null, name: string): string | undefined {
  if (header === null || !header.includes(name)) {
    return undefined;
  }
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).replace(AROUND, "") === name) {
      return pair.slice(equals + 1).replace(AROUND, "");
    }
  }
  return undefined;
}

/** The names of Sallyport's cookies in a `Cookie` header that begin with `prefix`. */
export function cookieNames(header: string | null, prefix: string): string[] {
  return (header ?? "")
    .split(";")
    .map((pair) => (pair.split("=")[0] ?? "").replace(AROUND, ""))
    .filter((name) => name.startsWith(prefix));
}

/** One of Sallyport's own pairs with the separator before it; a value of ours never holds a separator. */
const OWN_PAIR = new RegExp(`(^|[;,])\\s*${COOKIE_PREFIX}[^;,]*`, "gi");

/**
 * The client's `Cookie` header without Sallyport's own cookies: the origin never sees a session it could leak.
 * Ours may stand behind a comma, where two header lines were joined; the app's own commas stay as they are.
 * Gives `null` when nothing is left, and the very same string when there was nothing to remove.
 */
export function withoutOwnCookies(header: string): string | null {
  if (!header.toLowerCase().includes(COOKIE_PREFIX.toLowerCase())) {
    return header;
  }
  const kept = header
    .replace(OWN_PAIR, "")
    .replace(/^[;,\s]+/, "")
    .trimEnd();
  return kept === "" ? null : kept;
}

/** A `Set-Cookie` value for one of Sallyport's cookies: HttpOnly, Secure, SameSite=Lax. `value` must be a cookie token. */
export function setCookie(name: string, value: string, maxAgeSeconds: number): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; Secure; SameSite=Lax`;
}

/** A `Set-Cookie` value that removes the cookie. */
export function clearCookie(name: string): string {
  return setCookie(name, "", 0);
}
