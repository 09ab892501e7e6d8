import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair, importJWK, type JWK } from "jose";

/** What a token is for; each use has its own key (reference 1.2). */
export type TokenUse = "id" | "access";

/** A key pair with its public half as it stands in the JWKS document. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

type KeyPairs = Readonly<Record<TokenUse, SigningKey>>;

/** Private keys as they are written to the state folder. */
export type StoredKeys = readonly Readonly<Record<TokenUse, JWK>>[];

/** The pool's signing keys: one pair per token use, and the pairs before the last rotation. */
export class KeyRing {
  #current: KeyPairs;
  #previous: KeyPairs | undefined;

  private constructor(current: KeyPairs, previous?: KeyPairs) {
    this.#current = current;
    this.#previous = previous;
  }

  /** New keys, or those of an earlier run. */
  static async create(stored: StoredKeys = []): Promise<KeyRing> {
    const [current, previous] = await Promise.all(stored.map(restoredPairs));
    return new KeyRing(current ?? (await newPairs()), previous);
  }

  /** The key that signs tokens of this use now. */
  signing(use: TokenUse): SigningKey {
    return this.#current[use];
  }

  /** Every key that the JWKS document shows. */
  published(): readonly SigningKey[] {
    return this.#all().flatMap(({ id, access }) => [id, access]);
  }

  /** Signs with new keys from now on. The old ones stay published until the next rotation, or go at once. */
  async rotate(keepOld = true): Promise<void> {
    const next = await newPairs();
    this.#previous = keepOld ? this.#current : undefined;
    this.#current = next;
  }

  /** The private keys, the signing ones first. */
  async stored(): Promise<StoredKeys> {
    return Promise.all(
      this.#all().map(async ({ id, access }) => ({
        id: await privateJwk(id),
        access: await privateJwk(access),
      })),
    );
  }

  #all(): readonly KeyPairs[] {
    return this.#previous === undefined ? [this.#current] : [this.#current, this.#previous];
  }
}

async function newPairs(): Promise<KeyPairs> {
  const [id, access] = await Promise.all([newKey(), newKey()]);
  return { id, access };
}

async function newKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair("RS256", {
    modulusLength: 2048,
    extractable: true,
  });
  const kid = randomBytes(32).toString("base64");
  const jwk: JWK = { ...(await exportJWK(publicKey)), alg: "RS256", kid, use: "sig" };
  return { kid, privateKey, publicKey, jwk };
}

async function privateJwk({ kid, privateKey }: SigningKey): Promise<JWK> {
  return { ...(await exportJWK(privateKey)), kid };
}

async function restoredPairs({ id, access }: Readonly<Record<TokenUse, JWK>>): Promise<KeyPairs> {
  return { id: await restoredKey(id), access: await restoredKey(access) };
}

async function restoredKey(stored: JWK): Promise<SigningKey> {
  const { kid = "", kty, n, e } = stored;
  // `jwk` is the public half alone: exactly the members that the JWKS document shows.
  const jwk: JWK = {
    ...(kty === undefined ? {} : { kty }),
    ...(n === undefined ? {} : { n }),
    ...(e === undefined ? {} : { e }),
    alg: "RS256",
    kid,
    use: "sig",
  };
  const [privateKey, publicKey] = await Promise.all([
    importJWK(stored, "RS256", { extractable: true }),
    importJWK(jwk, "RS256", { extractable: true }),
  ]);
  if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array) {
    throw new TypeError("The state folder holds a key that is not an RSA key.");
  }
  return { kid, privateKey, publicKey, jwk };
}
