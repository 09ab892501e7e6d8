import { withoutOwnCookies } from "../http/cookies.ts";

/**
 * Headers that only the gateway may say, or that would make the origin read another request than the one judged
 * (security.md section d). By canonical name: every other character than a letter or digit counts as `_`, because
 * CGI-like servers fold them onto one another.
 */
const REMOVED = new Set(
  [
    // who it is: set by the gateway
    "X-Forwarded-User",
    "X-Forwarded-Preferred-Username",
    "X-Forwarded-Email",
    "X-Forwarded-Groups",
    "X-Forwarded-Access-Token",
    "X-Auth-Request-User",
    "X-Auth-Request-Email",
    "X-Auth-Request-Preferred-Username",
    "X-Auth-Request-Groups",
    "X-Remote-User",
    "Remote-User",
    "X-Amzn-Oidc-Identity",
    "X-Amzn-Oidc-Data",
    "X-Amzn-Oidc-Accesstoken",
    // where it came from: set by the gateway
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Forwarded-Scheme",
    "X-Forwarded-Ssl",
    "X-Forwarded-Prefix",
    "X-Forwarded-Uri",
    "X-Forwarded-Path",
    "X-Forwarded-Method",
    "X-Real-Ip",
    "X-Client-Ip",
    "True-Client-Ip",
    "Forwarded",
    // what would turn it into another request
    "X-Http-Method",
    "X-Http-Method-Override",
    "X-Method-Override",
    "X-Original-Url",
    "X-Original-Uri",
    "X-Original-Method",
    "X-Rewrite-Url",
    "X-Override-Url",
    // hop by hop, which workerd would forward (security.md section d)
    "Proxy-Authorization",
    "Proxy-Connection",
  ].map(canonicalName),
);

const OWN_PREFIX = canonicalName("Sallyport-");
const PLAIN_NAME = /^[a-z0-9-]+$/;

/** The candidates for removal in the exact spelling they almost always have, so that the usual check is one look-up. */
const REMOVED_PLAIN = new Set([...REMOVED].map((name) => name.toLowerCase().replaceAll("_", "-")));

/**
 * Removes from a forwarded request's headers everything the client may not say, in every spelling, and Sallyport's
 * own cookies. Works in place. Whatever the gateway sets comes after this.
 */
export function cleanRequestHeaders(headers: Headers): void {
  const doomed: string[] = [];
  let hasCookie = false;
  for (const name of headers.keys()) {
    if (REMOVED_PLAIN.has(name) || name.startsWith("sallyport-")) {
      doomed.push(name);
    } else if (!PLAIN_NAME.test(name)) {
      const canonical = canonicalName(name);
      if (REMOVED.has(canonical) || canonical.startsWith(OWN_PREFIX)) {
        doomed.push(name);
      }
    }
    hasCookie ||= name === "cookie";
  }
  for (const name of doomed) {
    headers.delete(name);
  }
  const cookie = hasCookie ? headers.get("cookie") : null;
  if (cookie !== null) {
    const kept = withoutOwnCookies(cookie);
    if (kept === null) {
      headers.delete("cookie");
    } else if (kept !== cookie) {
      headers.set("cookie", kept);
    }
  }
}

function canonicalName(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, "_");
}
