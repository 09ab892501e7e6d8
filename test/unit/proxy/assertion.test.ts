import { createLocalJWKSet, decodeJwt, exportJWK, generateKeyPair, jwtVerify, type JWK } from "jose";
import { describe, expect, it } from "vitest";
import { parseSessionId, parseSub } from "../../../src/identity/principal.ts";
import { assertionSigner } from "../../../src/proxy/assertion.ts";
import { principalOf, SUB } from "../identity/fixtures.ts";

const AUDIENCE = "https://origin.example.com";
const PUBLIC = "https://app.example.com";
const HALF_LIFE_MS = 30_000;

const newKey = async (): Promise<JWK> =>
  exportJWK((await generateKeyPair("ES256", { extractable: true })).privateKey);
const [current, previous] = [await newKey(), await newKey()];

async function signerAt(nowMs: () => number = Date.now, keys: { previous?: JWK } = {}) {
  return assertionSigner(current, keys.previous, AUDIENCE, nowMs);
}

describe("an assertion", () => {
  it("is verified with the published keys, for this origin, and for a minute", async () => {
    const signer = await signerAt();
    const jwt = await signer.assert(principalOf(), PUBLIC);
    const { payload, protectedHeader } = await jwtVerify(
      jwt,
      createLocalJWKSet({ keys: [...signer.jwks.keys] }),
      {
        issuer: PUBLIC,
        audience: AUDIENCE,
        typ: "sallyport-assertion+jwt",
        algorithms: ["ES256"],
      },
    );
    expect(protectedHeader.kid).toBe(signer.jwks.keys[0]?.kid);
    const { session, authTimeSeconds } = principalOf();
    expect(payload).toMatchObject({
      sub: SUB,
      sid: session,
      auth_time: authTimeSeconds,
      username: "alice",
      email: "alice@example.com",
      groups: ["staff"],
    });
    expect(payload).not.toHaveProperty("step_up");
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
  });

  it("of an approval says which, how, and for exactly what", async () => {
    const signer = await signerAt();
    const jwt = await signer.assert(principalOf(), PUBLIC, {
      action: "transfer",
      challenge: "c",
      verificationMethod: "EMAIL_OTP",
      completedAtSeconds: 7,
      method: "POST",
      target: "/transfer",
      binding: "b",
    });
    expect(decodeJwt(jwt)["step_up"]).toEqual({
      action: "transfer",
      challenge: "c",
      verification_method: "EMAIL_OTP",
      completed_at: 7,
      request: { method: "POST", target: "/transfer", binding: "b" },
    });
  });

  it("is used again for half its life, for the same sign-in and public origin only", async () => {
    let nowMs = 1_800_000_000_000;
    const signer = await signerAt(() => nowMs);
    const first = await signer.assert(principalOf(), PUBLIC);
    nowMs += HALF_LIFE_MS - 1;
    expect(signer.assert(principalOf(), PUBLIC)).toBe(first);
    expect(await signer.assert(principalOf(), "https://www.example.com")).not.toBe(first);
    const sub = parseSub("b0b00000-5a11-4b0f-8000-000000000002");
    const session = parseSessionId("another");
    expect(await signer.assert(principalOf(sub === undefined ? {} : { sub }), PUBLIC)).not.toBe(first);
    expect(await signer.assert(principalOf(session === undefined ? {} : { session }), PUBLIC)).not.toBe(
      first,
    );
    nowMs += 1;
    expect(await signer.assert(principalOf(), PUBLIC)).not.toBe(first);
  });

  it("of an approval is never used for anything else", async () => {
    const signer = await signerAt();
    const approval = {
      action: "a",
      challenge: "c",
      verificationMethod: undefined,
      completedAtSeconds: undefined,
      method: "POST",
      target: "/",
      binding: "b",
    };
    await signer.assert(principalOf(), PUBLIC, approval);
    expect(decodeJwt(await signer.assert(principalOf(), PUBLIC))).not.toHaveProperty("step_up");
  });
});

describe("the published keys", () => {
  it("are public, and hold the previous one while its last assertions live", async () => {
    const signer = await signerAt(Date.now, { previous });
    expect(signer.jwks.keys).toHaveLength(2);
    for (const key of signer.jwks.keys) {
      expect(Object.keys(key).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    }
    const before = await assertionSigner(previous, undefined, AUDIENCE, Date.now);
    const old = await before.assert(principalOf(), PUBLIC);
    const keys = createLocalJWKSet({ keys: [...signer.jwks.keys] });
    await expect(jwtVerify(old, keys)).resolves.toBeDefined();
  });

  it("cannot be made of a public key or another kind", async () => {
    const { d: _, ...half } = current;
    await expect(assertionSigner(half, undefined, AUDIENCE, Date.now)).rejects.toThrow();
    await expect(assertionSigner({ kty: "oct", k: "AAAA" }, undefined, AUDIENCE, Date.now)).rejects.toThrow();
    await expect(assertionSigner(current, { kty: "EC", crv: "P-384" }, AUDIENCE, Date.now)).rejects.toThrow();
  });
});
