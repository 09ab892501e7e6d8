import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { type Credential, decoyCredential } from "../credential.ts";
import type { Pool } from "../pool.ts";
import { MODULUS, modPow, MULTIPLIER, padHex, poolName, sha256Hex, toBigInt } from "../srp-group.ts";
import type { User } from "../users.ts";
import type { SrpExchange } from "./auth-session.ts";

const PRIVATE_BYTES = 32;
const SECRET_BLOCK_BYTES = 800;
const KEY_BYTES = 16;
const KEY_INFO = "Caldera Derived Key";
const HEX = /^[0-9a-fA-F]{1,1024}$/;
/** Such as `Tue Nov 3 07:05:09 UTC 2026`: the day without a leading zero, the time with. */
const TIMESTAMP = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [1-9]\d? \d{2}:\d{2}:\d{2} UTC \d{4}$/;

/** The pool's half of SRP-6a as Cognito's clients speak it. */
export interface SrpStart {
  readonly exchange: SrpExchange;
  /** Hexadecimal. */
  readonly salt: string;
}

/** Answers the client's public number; `undefined` when it is not one (it must not be a multiple of the modulus). */
export function startSrp(
  pool: Pool,
  username: string,
  user: User | undefined,
  clientPublicHex: string,
): SrpStart | undefined {
  if (!HEX.test(clientPublicHex) || toBigInt(clientPublicHex) % MODULUS === 0n) {
    return undefined;
  }
  const { salt, verifier }: Credential =
    user?.credential ?? decoyCredential(pool.store.poolSecret, username.toLowerCase());
  const serverPrivate = toBigInt(randomBytes(PRIVATE_BYTES).toString("hex"));
  const serverPublic = (MULTIPLIER * toBigInt(verifier) + modPow(2n, serverPrivate, MODULUS)) % MODULUS;
  return {
    salt: padHex(toBigInt(salt)),
    exchange: {
      clientPublic: clientPublicHex,
      serverPrivate: serverPrivate.toString(16),
      serverPublic: serverPublic.toString(16),
      verifier,
      secretBlock: randomBytes(SECRET_BLOCK_BYTES).toString("base64"),
    },
  };
}

/** Whether the client's signature shows that it knows the password. */
export function provesPassword(
  pool: Pool,
  username: string,
  exchange: SrpExchange,
  claim: { readonly secretBlock: string; readonly timestamp: string; readonly signature: string },
): boolean {
  if (claim.secretBlock !== exchange.secretBlock || !TIMESTAMP.test(claim.timestamp)) {
    return false;
  }
  const expected = createHmac("sha256", sharedKey(exchange))
    .update(poolName(pool.userPoolId))
    .update(username)
    .update(Buffer.from(exchange.secretBlock, "base64"))
    .update(claim.timestamp)
    .digest();
  const given = Buffer.from(claim.signature, "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function sharedKey(exchange: SrpExchange): Buffer {
  const clientPublic = toBigInt(exchange.clientPublic);
  const scrambling = sha256Hex(
    Buffer.from(padHex(clientPublic) + padHex(toBigInt(exchange.serverPublic)), "hex"),
  );
  const u = toBigInt(scrambling);
  const base = (clientPublic * modPow(toBigInt(exchange.verifier), u, MODULUS)) % MODULUS;
  const secret = modPow(base, toBigInt(exchange.serverPrivate), MODULUS);
  return Buffer.from(
    hkdfSync(
      "sha256",
      Buffer.from(padHex(secret), "hex"),
      Buffer.from(padHex(u), "hex"),
      KEY_INFO,
      KEY_BYTES,
    ),
  );
}
