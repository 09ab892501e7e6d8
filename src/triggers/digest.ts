import { base64url } from "jose";

/**
 * The name by which a token is known again, and from which it cannot be made: SHA-256 of what it says, in base64url.
 * A JWT's signature is left out, and every part must be in its one canonical spelling: the last character of a
 * base64url text has bits that decoders ignore, so one token can be written in several ways.
 *
 * @returns `undefined` for a token that is written in another way.
 */
export async function tokenDigest(token: string): Promise<string | undefined> {
  const parts = token.split(".");
  if (parts.length !== 3) {
    return digest(token);
  }
  return parts.every(isCanonical) ? digest(parts.slice(0, 2).join(".")) : undefined;
}

function isCanonical(part: string): boolean {
  return /^[\w-]+$/.test(part) && part.length % 4 !== 1 && base64url.encode(base64url.decode(part)) === part;
}

async function digest(text: string): Promise<string> {
  return base64url.encode(
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
  );
}
