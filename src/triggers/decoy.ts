import { base64url } from "jose";
import { parseSub, type Sub } from "../identity/principal.ts";
import type { Tracked } from "../authsignal/port.ts";

/**
 * The user that Authsignal is asked about in the place of one who does not exist, so that the answer takes as long
 * and looks the same. One user, one action: strangers who try names fill no list.
 */
export const DECOY_USER: Sub = decoyUser();
export const DECOY_KEY = "sallyport-decoy";

function decoyUser(): Sub {
  const sub = parseSub("sallyport-decoy");
  if (sub === undefined) {
    throw new Error("the decoy's name has not the shape of a user id");
  }
  return sub;
}

/**
 * An answer of the same shape that opens nothing: the token is Authsignal's own for `tracked`, with the user and key
 * in its payload replaced and a signature that is none. Who asks Authsignal about it learns that it is none; nothing
 * before that tells.
 */
export function decoyOf(
  tracked: Tracked,
  names: readonly (readonly [from: string, to: string])[],
  random: (bytes: number) => Uint8Array,
): { readonly token: string; readonly url: string } {
  const token = fakeToken(tracked.token, names, random);
  return { token, url: tracked.url.replaceAll(tracked.token, token) };
}

function fakeToken(
  token: string,
  names: readonly (readonly [string, string])[],
  random: (bytes: number) => Uint8Array,
): string {
  const [header, payload, signature, ...rest] = token.split(".");
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    return base64url.encode(random(token.length)).slice(0, token.length);
  }
  const text = new TextDecoder().decode(base64url.decode(payload));
  const other = names.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  const bytes = base64url.decode(signature).length;
  return [header, base64url.encode(new TextEncoder().encode(other)), base64url.encode(random(bytes))].join(
    ".",
  );
}
