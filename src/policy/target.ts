import { fail, ok } from "../http/result.ts";
import type { Result } from "../http/result.ts";
import { decodePercent } from "./percent.ts";

/** A request target in its WHATWG serialisation, which is both judged and forwarded (design decision 1). */
export interface Target {
  /** Host with its port, unless that is the scheme's default. */
  readonly host: string;
  readonly pathname: string;
  readonly search: string;
  readonly href: string;
}

/** Why a target is refused with 400. */
export type TargetProblem =
  | "malformed_url"
  | "odd_host"
  | "fragment"
  | "control_character"
  | "backslash"
  | "dot_segment"
  | "null_byte";

const PARTS = /^https?:\/\/([^/?]*)([^?]*)/;
// A space is no control character, but no request line can carry one and the URL parser trims it.
const CONTROL_OR_SPACE = /[\p{Cc} ]/u;
const PLAIN_AUTHORITY = /^(?:[a-z0-9_](?:[a-z0-9_.-]*)|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/;
const DEFAULT_PORT = /:(?:80|443)$/;
const DOT_SEGMENT = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * Reads workerd's raw `request.url` once: it holds the client's target byte for byte, and a `Host` of any shape in
 * front of it (reference/security.md section d). What parsers are known to read differently is refused; the rest is
 * given as its WHATWG serialisation. Never throws.
 */
export function parseTarget(rawUrl: string): Result<Target, TargetProblem> {
  if (CONTROL_OR_SPACE.test(rawUrl)) {
    return fail("control_character");
  }
  if (rawUrl.includes("#")) {
    return fail("fragment");
  }
  const parts = PARTS.exec(rawUrl);
  const authority = parts?.[1]?.toLowerCase();
  const rawPath = parts?.[2];
  if (authority === undefined || rawPath === undefined) {
    return fail("malformed_url");
  }
  if (authority.includes("\\") || rawPath.includes("\\")) {
    return fail("backslash");
  }
  if (!PLAIN_AUTHORITY.test(authority)) {
    return fail("odd_host");
  }
  if (DOT_SEGMENT.test(rawPath)) {
    return fail("dot_segment");
  }
  // Decoded once first: an origin that decodes twice would meet the NUL of `%2500` and cut the path there.
  if (rawPath.includes("%") && decodePercent(rawPath).replaceAll("%00", "\0").includes("\0")) {
    return fail("null_byte");
  }
  let url: URL;
  try {
    url = new URL(rawUrl);
  } catch {
    return fail("malformed_url");
  }
  // `127.1`, `0x7f.1` or `:080` are rewritten by the parser: what was asked for is not what would be served.
  if (url.host !== authority && url.host !== authority.replace(DEFAULT_PORT, "")) {
    return fail("odd_host");
  }
  // Not `url.search`: that is empty for a lone `?`, which the serialisation keeps.
  const search = url.href.slice(url.origin.length + url.pathname.length);
  return ok({ host: url.host, pathname: url.pathname, search, href: url.href });
}
