import { withoutOwnCookies } from "../http/cookies.ts";
import { recent } from "../http/recent.ts";
import { rejoinCookieLines } from "./cookie-lines.ts";
import { nominatedFields } from "./hop-by-hop.ts";

/**
 * Headers that only the gateway may say, or that would make the origin read another request than the one judged
 * (security.md section d). By canonical name: every other character than a letter or digit counts as `_`, because
 * CGI-like servers fold them onto one another.
 */
export const REMOVED_NAMES = [
  // who it is
  "X-Remote-User",
  "Remote-User",
  // where it came from
  "X-Real-Ip",
  "X-Client-Ip",
  "Client-Ip",
  "True-Client-Ip",
  "X-Cluster-Client-Ip",
  "X-Originating-Ip",
  "X-Remote-Ip",
  "X-Remote-Addr",
  "X-Host",
  "X-Original-Host",
  "X-Http-Host-Override",
  "X-Scheme",
  "X-Url-Scheme",
  "Front-End-Https",
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
  "X-Original-Path",
  "X-Envoy-Original-Path",
  // gunicorn cuts `SCRIPT_NAME` from the path for whoever connects from its own machine, and mod_wsgi can
  "Script-Name",
  "X-Script-Name",
  "Path-Info",
  // for this hop only, which workerd would forward (security.md section d)
  "Expect",
  "Http2-Settings",
  "Proxy-Authorization",
  "Proxy-Connection",
] as const;

/** What the gateway says by itself, or another authenticating proxy would: everything that begins like this. */
export const REMOVED_PREFIXES = ["Sallyport-", "X-Forwarded-", "X-Auth-Request-", "X-Amzn-Oidc-"] as const;

/**
 * Headers that decisions or the edge depend on: themselves they go on, but not in a spelling that a CGI-like server
 * would take for them.
 */
export const ONLY_PLAIN_NAMES = [
  "Authorization",
  "Content-Encoding",
  "Content-Length",
  "Content-Type",
  "Cookie",
  "Host",
  "Idempotency-Key",
  "Transfer-Encoding",
] as const;

/** Cloudflare's own, which it sets itself in this spelling only. */
export const ONLY_PLAIN_PREFIX = "CF-";

const REMOVED: ReadonlySet<string> = new Set(REMOVED_NAMES.map(canonicalName));
const PREFIXES = REMOVED_PREFIXES.map(canonicalName);
const ONLY_PLAIN: ReadonlySet<string> = new Set(ONLY_PLAIN_NAMES.map(canonicalName));
const EDGE_PREFIX = canonicalName(ONLY_PLAIN_PREFIX);
const PLAIN_NAME = /^[a-z0-9-]+$/;

/** The candidates for removal in the exact spelling they almost always have, so that the usual check is cheap. */
const REMOVED_PLAIN: ReadonlySet<string> = new Set(REMOVED_NAMES.map((name) => name.toLowerCase()));
const PLAIN_PREFIX = new RegExp(`^(?:${REMOVED_PREFIXES.map((prefix) => prefix.toLowerCase()).join("|")})`);

/** What a header's name alone says of it; an `odd` name has other characters than letters, digits and `-`. */
type Kind = "plain" | "removed" | "odd" | "cookie" | "connection";

/** Clients send the same few names all day: each is looked at once. What else they send makes room again. */
const kinds = recent<Kind>({ entries: 1_000, characters: 32_000 });

/** `Cookie` headers, and what of them goes on; a browser sends the same one many times over. */
const keptCookies = recent<{ readonly kept: string | null }>({ entries: 1_000, characters: 2_000_000 });

/**
 * Removes from a forwarded request's headers everything the client may not say, in every spelling, what its
 * `Connection` field nominates, and Sallyport's own cookies; several `Cookie` lines become one. Works in place.
 * Whatever the gateway sets comes after this, so that nothing said here can take it away.
 *
 * @param strict the decision depended on headers: the origin must see the ones that were judged, all of them and
 * nothing that could be mistaken for them. So no header goes on whose name has other characters than letters, digits
 * and `-`, and nothing can be nominated.
 */
export function cleanRequestHeaders(headers: Headers, strict = false): void {
  const doomed: string[] = [];
  let hasCookie = false;
  for (const name of headers.keys()) {
    switch (kindOf(name)) {
      case "plain":
        break;
      case "removed":
        doomed.push(name);
        break;
      case "odd":
        if (strict || isMistakable(headers, name)) {
          doomed.push(name);
        }
        break;
      case "cookie":
        hasCookie = true;
        break;
      case "connection":
        if (!strict) {
          doomed.push(...nominatedFields(headers));
        }
    }
  }
  for (const name of doomed) {
    headers.delete(name);
  }
  const cookie = hasCookie ? headers.get("cookie") : null;
  if (cookie !== null) {
    const kept = keptOf(cookie);
    if (kept === null) {
      headers.delete("cookie");
    } else if (kept !== cookie) {
      headers.set("cookie", kept);
    }
  }
}

function kindOf(name: string): Kind {
  let kind = kinds.get(name);
  if (kind === undefined) {
    kind = readKind(name);
    kinds.set(name, kind);
  }
  return kind;
}

function readKind(name: string): Kind {
  if (name === "cookie" || name === "connection") {
    return name;
  }
  if (REMOVED_PLAIN.has(name) || PLAIN_PREFIX.test(name)) {
    return "removed";
  }
  return PLAIN_NAME.test(name) ? "plain" : "odd";
}

/** The client's cookies that go on, in one line; `null` when there are none. */
function keptOf(cookie: string): string | null {
  let known = keptCookies.get(cookie);
  if (known === undefined) {
    known = { kept: withoutOwnCookies(rejoinCookieLines(cookie)) };
    keptCookies.set(cookie, known);
  }
  return known.kept;
}

/** Whether an odd name could pass for one that the client may not say, for one that was judged, or for one beside it. */
function isMistakable(headers: Headers, name: string): boolean {
  const canonical = canonicalName(name);
  return (
    REMOVED.has(canonical) ||
    ONLY_PLAIN.has(canonical) ||
    canonical.startsWith(EDGE_PREFIX) ||
    PREFIXES.some((prefix) => canonical.startsWith(prefix)) ||
    headers.has(canonical.toLowerCase().replaceAll("_", "-"))
  );
}

function canonicalName(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, "_");
}
