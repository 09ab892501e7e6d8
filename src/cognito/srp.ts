import { bytesOf, GENERATOR, MODULUS, numberOf, power } from "./srp-group.ts";

/** The client's half of one password proof. Its private number never leaves this value. */
export interface SrpClient {
  /** `SRP_A`: hexadecimal. */
  readonly publicHex: string;
  /** The answers to `PASSWORD_VERIFIER`; `undefined` for a question that would give the password away. */
  prove(question: SrpQuestion): Promise<SrpProof | undefined>;
}

/** What `PASSWORD_VERIFIER` asks, with the password that answers it. */
export interface SrpQuestion {
  /** `USER_ID_FOR_SRP`: the pool's own name of the user, whatever was typed. */
  readonly userId: string;
  readonly password: string;
  /** `SALT` and `SRP_B`: hexadecimal. */
  readonly salt: string;
  readonly serverPublic: string;
  /** `SECRET_BLOCK`: base64, given back as it is. */
  readonly secretBlock: string;
  readonly nowMs: number;
}

export interface SrpProof {
  readonly timestamp: string;
  /** Base64. */
  readonly signature: string;
}

const PRIVATE_BYTES = 32;
const KEY_BITS = 128;
const HEX = /^[0-9a-fA-F]{1,1024}$/;
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const encoder = new TextEncoder();

/**
 * Begins a proof of a password by SRP-6a as Cognito speaks it: `CUSTOM_AUTH` takes a password in no other way, and an
 * app client that allows `USER_PASSWORD_AUTH` hands out tokens before the custom challenge (cognito.md 3.2 and 4). The
 * packages that do this arithmetic carry an AWS SDK or number libraries of 2010; the language has the numbers now.
 *
 * Not in constant time: the private number is new each time, and what depends on the password is a hash of it with the
 * salt, over a network whose noise is a thousand times the difference.
 *
 * @param poolName the part of the user pool's id after the underscore.
 */
export function srpClient(
  poolName: string,
  random: Uint8Array = crypto.getRandomValues(new Uint8Array(PRIVATE_BYTES)),
): SrpClient {
  const secret = numberOf(random);
  const ownPublic = power(GENERATOR, secret);
  return {
    publicHex: ownPublic.toString(16),
    async prove({ userId, password, salt, serverPublic: given, secretBlock, nowMs }) {
      const block = decodeBase64(secretBlock);
      if (!HEX.test(salt) || !HEX.test(given) || block === undefined) {
        return undefined;
      }
      const serverPublic = BigInt(`0x${given}`);
      const scrambling = numberOf(await sha256(bytesOf(ownPublic), bytesOf(serverPublic)));
      // SRP-6a: a server number of zero, or no scrambling, would let the server choose the key.
      if (serverPublic % MODULUS === 0n || scrambling === 0n) {
        return undefined;
      }
      const identity = await sha256(encoder.encode(`${poolName}${userId}:${password}`));
      const exponent = numberOf(await sha256(bytesOf(BigInt(`0x${salt}`)), identity));
      const multiplier = numberOf(await sha256(bytesOf(MODULUS), bytesOf(GENERATOR)));
      const masked = (multiplier * power(GENERATOR, exponent)) % MODULUS;
      const base = (((serverPublic - masked) % MODULUS) + MODULUS) % MODULUS;
      const shared = power(base, secret + scrambling * exponent);
      const key = await deriveKey(shared, scrambling);
      const timestamp = timestampOf(nowMs);
      const message = joined([encoder.encode(poolName + userId), block, encoder.encode(timestamp)]);
      const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
      return { timestamp, signature: btoa(String.fromCharCode(...signature)) };
    },
  };
}

/** HKDF-SHA256 (RFC 5869) with Cognito's label, to a key for HMAC. */
async function deriveKey(shared: bigint, scrambling: bigint): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey("raw", bytesOf(shared), "HKDF", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: bytesOf(scrambling),
      info: encoder.encode("Caldera Derived Key"),
    },
    material,
    KEY_BITS,
  );
  return crypto.subtle.importKey("raw", bits, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

/** Such as `Tue Nov 3 07:05:09 UTC 2026`: the day without a leading zero, the time with. */
function timestampOf(nowMs: number): string {
  const now = new Date(nowMs);
  const time = now.toISOString().slice(11, 19);
  return `${DAYS[now.getUTCDay()]} ${MONTHS[now.getUTCMonth()]} ${now.getUTCDate()} ${time} UTC ${now.getUTCFullYear()}`;
}

async function sha256(...parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(parts)));
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
