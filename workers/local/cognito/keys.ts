import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK } from "jose";

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

/** The pool's signing keys: one pair per token use, and the pairs before the last rotation. */
export class KeyRing {
  #current: KeyPairs;
  #previous: KeyPairs | undefined;

  private constructor(current: KeyPairs) {
    this.#current = current;
  }

  static async create(): Promise<KeyRing> {
    return new KeyRing(await newPairs());
  }

  /** The key that signs tokens of this use now. */
  signing(use: TokenUse): SigningKey {
    return this.#current[use];
  }

  /** Every key that the JWKS document shows. */
  published(): readonly SigningKey[] {
    return [this.#current, this.#previous].flatMap((pairs) =>
      pairs === undefined ? [] : [pairs.id, pairs.access],
    );
  }

  /** Signs with new keys from now on. The old ones stay published until the next rotation. */
  async rotate(): Promise<void> {
    const next = await newPairs();
    this.#previous = this.#current;
    this.#current = next;
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
