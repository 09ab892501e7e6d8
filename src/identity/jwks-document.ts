import { importJWK } from "jose";
import * as z from "zod/mini";
import { onFirstUse } from "../http/first-use.ts";

const MAX_KEYS = 20;
/** What a key must have to be safe to use (RFC 7518 section 3.3). */
const MIN_KEY_BITS = 2048;

const jwkSchema = onFirstUse(() =>
  z.object({
    kid: z.string().check(z.minLength(1), z.maxLength(256)),
    kty: z.literal("RSA"),
    alg: z.optional(z.literal("RS256")),
    use: z.optional(z.literal("sig")),
    n: z.string(),
    e: z.string(),
  }),
);
const documentSchema = onFirstUse(() =>
  z.object({ keys: z.array(z.unknown()).check(z.maxLength(MAX_KEYS)) }),
);

/**
 * The RS256 keys of a JWKS document (RFC 7517), by their `kid`; keys of other kinds are passed over.
 *
 * @throws when it is no such document or holds no usable key.
 */
export async function readKeys(given: unknown): Promise<Map<string, CryptoKey>> {
  const document = documentSchema().parse(given);
  const keys = new Map<string, CryptoKey>();
  for (const entry of document.keys) {
    const jwk = jwkSchema().safeParse(entry); // a key of another kind beside ours does no harm
    if (jwk.success && !keys.has(jwk.data.kid)) {
      const { kid, kty, n, e } = jwk.data;
      const key = await importJWK({ kty, n, e, alg: "RS256" }, "RS256");
      if (key instanceof CryptoKey && isLong(key.algorithm)) {
        keys.set(kid, key);
      }
    }
  }
  if (keys.size === 0) {
    throw new Error("the JWKS holds no usable key");
  }
  return keys;
}

/** The runtime counts the bits of the number itself: its text may begin with zeros. */
function isLong(algorithm: object): boolean {
  return "modulusLength" in algorithm && Number(algorithm.modulusLength) >= MIN_KEY_BITS;
}
