import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import { startPool, tokensFor } from "./pool.ts";

interface KeySet {
  readonly keys: readonly Readonly<Record<string, string>>[];
}

describe("the key set", () => {
  let pool: CognitoStandIn;
  beforeEach(async () => {
    pool = await startPool();
  });
  afterEach(() => pool.close());

  // The shape is what these tests check.
  const keySet = async (): Promise<KeySet> => (await (await fetch(pool.jwks)).json()) as KeySet;
  const rotate = (): Promise<Response> => fetch(`${pool.domain}/control/rotate-keys`, { method: "POST" });

  it("has two RSA-2048 keys for RS256, without private members", async () => {
    const { keys } = await keySet();
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(Object.keys(key).toSorted()).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
      expect(key).toMatchObject({ alg: "RS256", e: "AQAB", kty: "RSA", use: "sig" });
      expect(key["kid"]).toMatch(/=$/);
      expect(Buffer.from(key["n"] ?? "", "base64url")).toHaveLength(256);
    }
  });

  it("keeps the old keys through one rotation and drops them at the second", async () => {
    const before = await tokensFor(pool);
    await rotate();
    const after = await tokensFor(pool);
    expect(decodeProtectedHeader(after.id_token).kid).not.toBe(decodeProtectedHeader(before.id_token).kid);
    expect((await keySet()).keys).toHaveLength(4);
    const keys = createRemoteJWKSet(new URL(pool.jwks));
    await jwtVerify(before.access_token, keys);
    await jwtVerify(after.access_token, keys);

    await rotate();
    expect((await keySet()).keys).toHaveLength(4);
    await expect(
      jwtVerify(before.access_token, createRemoteJWKSet(new URL(pool.jwks))),
    ).rejects.toMatchObject({
      code: "ERR_JWKS_NO_MATCHING_KEY",
    });
  });
});
