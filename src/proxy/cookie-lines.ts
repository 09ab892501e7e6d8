/**
 * A pair of the next line, after the comma and space with which workerd joins lines: a cookie name (browsers
 * send more than tokens) and `=`.
 */
const NEXT_LINE = /^, [^\s",;=]+=/;

/**
 * Joins `Cookie` lines as RFC 6265 section 5.4 does. workerd hands over several lines as one, joined by a comma
 * (security.md section d), so that the second line's first cookie would become a part of the value before it.
 *
 * Nothing tells such a comma from one within a value, so only `, name=` is taken for the start of a line, and not
 * between double quotes: JSON, dates and lists in values stay as they are. The very same string when nothing changes.
 */
export function rejoinCookieLines(header: string): string {
  if (!header.includes(", ")) {
    return header;
  }
  let joined = "";
  let isQuoted = false;
  for (let at = 0; at < header.length; at += 1) {
    const character = header.charAt(at);
    if (character === '"') {
      isQuoted = !isQuoted;
    } else if (character === ";") {
      isQuoted = false; // a pair ends here, whatever its quotes look like
    }
    if (character === "," && !isQuoted && NEXT_LINE.test(header.slice(at, at + MAX_NAME_CHARACTERS))) {
      joined += ";";
    } else {
      joined += character;
    }
  }
  return joined;
}

/** Bounds the look ahead, and with it the work for a header full of commas. */
const MAX_NAME_CHARACTERS = 256;
