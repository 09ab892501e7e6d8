import { base64url } from "jose";
import type { Keyring, Purpose } from "../http/keyring.ts";

const MAX_CHARACTERS = 4_096;

/** A value that passes through a client's hands: readable, and signed for one purpose. */
export async function signJson(keyring: Keyring, purpose: Purpose, value: object): Promise<string> {
  const text = base64url.encode(new TextEncoder().encode(JSON.stringify(value)));
  return `${text}.${await keyring.sign(purpose, text)}`;
}

/** The value that `signJson` signed for the same purpose, under the current or the previous secret; else `undefined`. */
export async function openJson(keyring: Keyring, purpose: Purpose, signed: string): Promise<unknown> {
  const [text = "", signature = "", ...rest] = signed.length > MAX_CHARACTERS ? [] : signed.split(".");
  if (rest.length > 0 || !(await keyring.verify(purpose, text, signature))) {
    return undefined;
  }
  return JSON.parse(new TextDecoder().decode(base64url.decode(text)));
}
