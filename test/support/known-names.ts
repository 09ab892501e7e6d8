/**
 * Field names that workerd has a place of its own for, found by sending each: it writes them in this spelling, joins
 * their lines, and does not send an empty one.
 */
export const KNOWN_NAMES: readonly string[] = [
  ...["Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Accept-Ranges"],
  ...["Access-Control-Allow-Origin", "Age", "Allow", "Authorization", "Cache-Control", "Content-Disposition"],
  ...[
    "Content-Encoding",
    "Content-Language",
    "Content-Location",
    "Content-Range",
    "Content-Type",
    "Cookie",
    "Date",
  ],
  ...[
    "ETag",
    "Expires",
    "From",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
  ],
  ...["Last-Modified", "Link", "Location", "Max-Forwards", "Origin", "Pragma", "Proxy-Authenticate", "Range"],
  ...["Referer", "Refresh", "Retry-After", "Sec-WebSocket-Protocol", "Server", "Set-Cookie"],
  ...["Strict-Transport-Security", "User-Agent", "Vary", "Via", "WWW-Authenticate"],
];
