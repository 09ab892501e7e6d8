import { randomBytes } from "node:crypto";
import { MODULUS, modPow, padHex, passwordExponent, sha256Hex, toBigInt } from "./srp-group.ts";

const SALT_BYTES = 16;

/** What the pool keeps of a password: enough for SRP and to recognise it, never the password. Hexadecimal. */
export interface Credential {
  readonly salt: string;
  readonly verifier: string;
}

/** The credential of a new password. */
export function newCredential(userPoolId: string, username: string, password: string): Credential {
  const salt = randomBytes(SALT_BYTES).toString("hex");
  return { salt, verifier: verifierOf(userPoolId, username, password, salt) };
}

/** Digests of passwords that were right: working one out takes milliseconds, and load tests sign in by the thousand. */
const known = new WeakMap<Credential, string>();

/** Whether this is the password behind the credential. */
export function matches(
  userPoolId: string,
  username: string,
  password: string,
  credential: Credential,
): boolean {
  const digest = sha256Hex(Buffer.from(password));
  if (known.get(credential) === digest) {
    return true;
  }
  const isRight = verifierOf(userPoolId, username, password, credential.salt) === credential.verifier;
  if (isRight) {
    known.set(credential, digest);
  }
  return isRight;
}

/** A credential for a user who does not exist: the same for the same name, so that it looks kept. */
export function decoyCredential(poolSecret: string, username: string): Credential {
  const salt = sha256Hex(Buffer.from(`${poolSecret} salt ${username}`)).slice(0, 2 * SALT_BYTES);
  const exponent = toBigInt(sha256Hex(Buffer.from(`${poolSecret} verifier ${username}`)));
  return { salt, verifier: padHex(modPow(2n, exponent, MODULUS)) };
}

function verifierOf(userPoolId: string, username: string, password: string, salt: string): string {
  return padHex(modPow(2n, passwordExponent({ userPoolId, username, password, salt }), MODULUS));
}
