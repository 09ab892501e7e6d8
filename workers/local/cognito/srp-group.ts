import { createHash, getDiffieHellman } from "node:crypto";

/** The 3072-bit group 15 of RFC 3526, which Cognito's clients use with generator 2. */
export const MODULUS: bigint = toBigInt(getDiffieHellman("modp15").getPrime("hex"));

/** The multiplier `k` of SRP-6a. */
export const MULTIPLIER: bigint = toBigInt(sha256Hex(Buffer.from(padHex(MODULUS) + padHex(2n), "hex")));

/** A number as clients hash it: an even count of digits, and no leading bit that would read as a sign. */
export function padHex(value: bigint): string {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return /^[89a-f]/.test(even) ? `00${even}` : even;
}

export function toBigInt(hex: string): bigint {
  return BigInt(`0x${hex}`);
}

export function sha256Hex(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

/** `base ** exponent % modulus`. */
export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) {
      result = (result * square) % modulus;
    }
    square = (square * square) % modulus;
  }
  return result;
}

/** The private exponent `x` of a password; the pool's name is the part of its id after the underscore. */
export function passwordExponent(from: {
  readonly userPoolId: string;
  readonly username: string;
  readonly password: string;
  /** Hexadecimal. */
  readonly salt: string;
}): bigint {
  const identity = `${poolName(from.userPoolId)}${from.username}:${from.password}`;
  const salt = padHex(toBigInt(from.salt));
  return toBigInt(sha256Hex(Buffer.from(salt + sha256Hex(Buffer.from(identity)), "hex")));
}

/** The part of the pool id after the underscore. */
export function poolName(userPoolId: string): string {
  return userPoolId.slice(userPoolId.indexOf("_") + 1);
}
