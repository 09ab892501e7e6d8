/**
 * Fields that nobody may nominate away: what the message means, or how long it is, depends on them
 * (RFC 9110 section 7.6.1 forbids a sender to nominate what is meant for every recipient).
 */
const NEVER_NOMINATED: ReadonlySet<string> = new Set([
  "authorization",
  "cache-control",
  "content-encoding",
  "content-length",
  "content-type",
  "cookie",
  "host",
  "set-cookie",
]);

/** What almost every `Connection` field says; workerd takes the fields it means away by itself. */
const USUAL: ReadonlySet<string> = new Set(["keep-alive", "close", "Keep-Alive", "Upgrade", "upgrade"]);

const NONE: readonly string[] = [];

/**
 * The fields that a message's `Connection` field declares to be for this hop only (RFC 9110 section 7.6.1), in lower
 * case. Names that workerd removes anyway may be among them.
 */
export function nominatedFields(headers: Headers): readonly string[] {
  const connection = headers.get("connection");
  if (connection === null || USUAL.has(connection)) {
    return NONE;
  }
  return connection
    .toLowerCase()
    .split(",")
    .map((option) => option.trim())
    .filter((name) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && !NEVER_NOMINATED.has(name));
}
