const ABSOLUTE = /^(https?:)?\/\/[^/?#\\]*/i;

/**
 * A `Location` as the client must see it: one that names the origin's own address names the public one instead.
 * The scheme does not matter, because an app behind TLS often does not know its own; the port does. What follows the
 * host stays as the origin wrote it. Any other location, and a relative one, is given back as it is.
 *
 * @param internal the origin's own address.
 */
export function publicLocation(location: string, internal: URL, publicOrigin: string): string {
  const authority = ABSOLUTE.exec(location)?.[0];
  const named = authority === undefined ? null : URL.parse(authority, internal.href);
  if (authority === undefined || named === null) {
    return location;
  }
  const isInternal =
    named.hostname === internal.hostname && named.port === internal.port && named.username === "";
  return isInternal ? publicOrigin + location.slice(authority.length) : location;
}
