import { base64url } from "jose";
import type { Keyring } from "../http/keyring.ts";
import { parseSub, type Sub } from "../identity/principal.ts";
import type { Tracked } from "../authsignal/port.ts";

/**
 * The user that Authsignal is asked about in the place of one who does not exist, so that the answer takes as long
 * and looks the same. One user, one action: strangers who try names fill no list.
 */
export const DECOY_USER: Sub = decoyUser();
export const DECOY_KEY = "always-the-same";

function decoyUser(): Sub {
  const sub = parseSub("sallyport-nobody");
  if (sub === undefined) {
    throw new Error("the decoy's name has not the shape of a user id");
  }
  return sub;
}

/** The id that somebody who does not exist has: the same each time, as a real one is, and in the shape of Cognito's. */
export async function decoySub(keyring: Keyring, userName: string): Promise<string> {
  const signature = base64url.decode(await keyring.sign("sign-in-decoy", userName.toLowerCase()));
  const hex = [...signature.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20)].join("-");
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
  const { origin, pathname } = new URL(tracked.url);
  const url = tracked.url.includes(tracked.token)
    ? tracked.url.replaceAll(tracked.token, token)
    : `${origin}${pathname}?token=${token}`; // whatever else it holds might open something
  return { token, url };
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
