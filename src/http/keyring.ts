import { CompactEncrypt, base64url, compactDecrypt, decodeProtectedHeader } from "jose";

/** What a key is used for; each purpose has a key of its own, derived from the one secret. */
export type Purpose =
  | "session"
  | "sign-in"
  | "device"
  | "challenge"
  | "resume"
  | "sign-in-context"
  | "sign-in-ticket"
  | "sign-in-decoy";

/** Seals values that leave the gateway and come back (cookies, kept requests), and signs short ones. */
export interface Keyring {
  /** Encrypts `payload` as a compact JWE (RFC 7516: dir, A256GCM). `context` is authenticated, and `open` demands it again. */
  seal(purpose: Purpose, payload: Uint8Array, context: string): Promise<string>;
  /** Decrypts what `seal` made for the same purpose and context; anything else gives `undefined`. */
  open(purpose: Purpose, sealed: string, context: string): Promise<Uint8Array | undefined>;
  /** HMAC-SHA256 of `text` under the current key: base64url, 43 characters. */
  sign(purpose: Purpose, text: string): Promise<string>;
  /** Whether `signature` is `sign`'s for `text`, under the current or the previous key, in constant time. */
  verify(purpose: Purpose, text: string, signature: string): Promise<boolean>;
}

interface DerivedKeys {
  readonly encryption: Uint8Array;
  readonly signing: CryptoKey;
}

interface Slot {
  readonly kid: string;
  readonly material: CryptoKey;
  readonly derived: Map<Purpose, DerivedKeys>;
}

const KEY_BITS = 256;
const encoder = new TextEncoder();

/**
 * Makes a keyring from one or two secrets: the first seals and signs, both open and verify, so that a secret
 * can be replaced without signing anyone out (design decision 16: secrets have two slots, sealed values a `kid`).
 */
export async function makeKeyring(secrets: readonly string[]): Promise<Keyring> {
  const slots = await Promise.all(secrets.map(makeSlot));
  const [current] = slots;
  if (current === undefined) {
    throw new Error("a keyring needs at least one secret");
  }
  return {
    async seal(purpose, payload, context) {
      const { encryption } = await keysOf(current, purpose);
      return new CompactEncrypt(payload)
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: current.kid, ctx: context })
        .encrypt(encryption);
    },
    async open(purpose, sealed, context) {
      try {
        const kid = decodeProtectedHeader(sealed).kid;
        const slot = slots.find((candidate) => candidate.kid === kid);
        if (slot === undefined) {
          return undefined;
        }
        const { encryption } = await keysOf(slot, purpose);
        const { plaintext, protectedHeader } = await compactDecrypt(sealed, encryption, {
          keyManagementAlgorithms: ["dir"],
          contentEncryptionAlgorithms: ["A256GCM"],
        });
        return protectedHeader["ctx"] === context ? plaintext : undefined;
      } catch {
        return undefined; // whatever is wrong with it, it is not ours
      }
    },
    async sign(purpose, text) {
      const { signing } = await keysOf(current, purpose);
      return base64url.encode(
        new Uint8Array(await crypto.subtle.sign("HMAC", signing, encoder.encode(text))),
      );
    },
    async verify(purpose, text, signature) {
      const bytes = decodeSignature(signature);
      if (bytes === undefined) {
        return false;
      }
      for (const slot of slots) {
        const { signing } = await keysOf(slot, purpose);
        if (await crypto.subtle.verify("HMAC", signing, bytes, encoder.encode(text))) {
          return true;
        }
      }
      return false;
    },
  };
}

async function makeSlot(secret: string): Promise<Slot> {
  const bytes = encoder.encode(secret);
  const material = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveBits"]);
  // The kid names the secret without telling anything about it: an HKDF output of its own.
  const kid = base64url.encode(await derive(material, "kid")).slice(0, 8);
  return { kid, material, derived: new Map() };
}

/** Keeps the keys, not the promise of them: one request must not wait on another's (workers.md 1.3). */
async function keysOf(slot: Slot, purpose: Purpose): Promise<DerivedKeys> {
  const known = slot.derived.get(purpose);
  if (known !== undefined) {
    return known;
  }
  const made = await deriveKeys(slot.material, purpose);
  slot.derived.set(purpose, made);
  return made;
}

async function deriveKeys(material: CryptoKey, purpose: Purpose): Promise<DerivedKeys> {
  const encryption = await derive(material, `encrypt:${purpose}`);
  const signing = await crypto.subtle.importKey(
    "raw",
    await derive(material, `sign:${purpose}`),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"],
  );
  return { encryption, signing };
}

/** HKDF-SHA256 (RFC 5869) with a label per use. */
async function derive(material: CryptoKey, label: string): Promise<Uint8Array<ArrayBuffer>> {
  const info = encoder.encode(`sallyport:${label}`);
  const parameters = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, material, KEY_BITS));
}

/** 32 bytes of base64url in their one canonical spelling, or nothing. */
function decodeSignature(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) {
    return undefined;
  }
  const bytes = new Uint8Array(base64url.decode(text));
  return base64url.encode(bytes) === text ? bytes : undefined;
}
