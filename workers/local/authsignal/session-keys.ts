import { exportJWK, generateKeyPair, importJWK } from "jose";
import type { CryptoKey, JWK } from "jose";
import { randomUUID } from "node:crypto";

export const SESSION_ALGORITHM = "RS256";
/** The current key and the one before, whose tokens have not all expired. */
const MAX_KEYS = 2;

/** The RSA keys that sign session tokens. The first is made when it is first needed. */
export class SessionKeys {
  #jwks: Promise<readonly JWK[]> | undefined;

  /** The key that signs, with its id. */
  async signing(): Promise<{ kid: string; key: CryptoKey | Uint8Array }> {
    const [jwk] = await this.#all();
    return { kid: jwk?.kid ?? "", key: await importJWK(jwk ?? {}, SESSION_ALGORITHM) };
  }

  /** The key that verifies what a key with this id has signed. */
  async verifying(kid: string | undefined): Promise<CryptoKey | Uint8Array | undefined> {
    const jwk = (await this.#all()).find((one) => one.kid === kid);
    return jwk === undefined ? undefined : importJWK(publicPart(jwk), SESSION_ALGORITHM);
  }

  /** What the JWKS endpoint shows: the newest first, no private part. */
  async published(): Promise<JWK[]> {
    return (await this.#all()).map(publicPart);
  }

  /** Makes a new key sign; what the one before has signed still verifies. */
  async rotate(): Promise<void> {
    const known = await this.#all();
    const fresh = await newKey();
    this.#jwks = Promise.resolve([fresh, ...known].slice(0, MAX_KEYS));
  }

  /** Every key with its private part; nothing while none was needed. */
  async save(): Promise<readonly JWK[]> {
    return (await this.#jwks) ?? [];
  }

  load(jwks: readonly JWK[]): void {
    this.#jwks = jwks.length === 0 ? undefined : Promise.resolve(jwks);
  }

  #all(): Promise<readonly JWK[]> {
    this.#jwks ??= newKey().then((key) => [key]);
    return this.#jwks;
  }
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(SESSION_ALGORITHM, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: SESSION_ALGORITHM, use: "sig" };
}

function publicPart({ kty, n, e, kid, alg, use }: JWK): JWK {
  return Object.fromEntries(
    Object.entries({ kty, n, e, kid, alg, use }).filter(([, value]) => value !== undefined),
  );
}
