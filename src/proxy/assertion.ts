import { calculateJwkThumbprint, importJWK, SignJWT, type JWK } from "jose";
import { recent } from "../http/recent.ts";
import type { Principal } from "../identity/principal.ts";

/** How an origin can check for itself (design decision 15). */
export const ASSERTION_HEADER = "Sallyport-Assertion";

const LIFE_SECONDS = 60;
/** An assertion is used again for the same sign-in until it is half as old as it may become. */
const REUSE_MS = 30_000;
const MAX_REMEMBERED = 1_000;

/** What a step-up adds: which action was approved, by which challenge and method, for exactly which request. */
export interface Approval {
  readonly action: string;
  readonly challenge: string;
  readonly verificationMethod: string | undefined;
  readonly completedAtSeconds: number | undefined;
  readonly method: string;
  readonly target: string;
  readonly binding: string;
}

/** Signs assertions, and publishes the keys they are checked with. */
export interface AssertionSigner {
  /** The assertion of a sign-in: remembered for a while when nothing was approved, made anew for an approval. */
  assert(principal: Principal, publicOrigin: string, approval?: Approval): Promise<string> | string;
  /** The JWKS document. */
  readonly jwks: { readonly keys: readonly JWK[] };
}

/**
 * Makes a signer from a private ES256 JWK.
 *
 * @param previous the key it replaced: still published, until the last assertion signed with it has expired.
 * @throws when a JWK is not a private EC P-256 key.
 */
export async function assertionSigner(
  current: JWK,
  previous: JWK | undefined,
  audience: string,
  nowMs: () => number,
): Promise<AssertionSigner> {
  const key = await importJWK(current, "ES256");
  if (!(key instanceof CryptoKey) || key.type !== "private") {
    throw new Error("the assertion key is not a private EC P-256 JWK");
  }
  const published = await Promise.all([current, previous].filter((jwk) => jwk !== undefined).map(publicJwk));
  const kid = published[0]?.kid ?? "";
  const remembered = recent<{ readonly jwt: string; readonly madeAtMs: number }>({ entries: MAX_REMEMBERED });

  async function sign(
    principal: Principal,
    publicOrigin: string,
    approval: Approval | undefined,
  ): Promise<string> {
    const issuedAtSeconds = Math.floor(nowMs() / 1000);
    return new SignJWT({
      sid: principal.session,
      auth_time: principal.authTimeSeconds,
      username: principal.username,
      ...(principal.email === undefined ? {} : { email: principal.email }),
      groups: [...principal.groups],
      ...(approval === undefined ? {} : { step_up: stepUpClaim(approval) }),
    })
      .setProtectedHeader({ alg: "ES256", kid, typ: "sallyport-assertion+jwt" })
      .setIssuer(publicOrigin)
      .setAudience(audience)
      .setSubject(principal.sub)
      .setIssuedAt(issuedAtSeconds)
      .setExpirationTime(issuedAtSeconds + LIFE_SECONDS)
      .sign(key);
  }

  return {
    jwks: { keys: published },
    assert(principal, publicOrigin, approval) {
      if (approval !== undefined) {
        return sign(principal, publicOrigin, approval);
      }
      const name = `${publicOrigin} ${principal.sub} ${principal.session}`;
      const known = remembered.get(name);
      if (known !== undefined && nowMs() - known.madeAtMs < REUSE_MS) {
        return known.jwt;
      }
      return sign(principal, publicOrigin, undefined).then((jwt) => {
        remembered.set(name, { jwt, madeAtMs: nowMs() });
        return jwt;
      });
    },
  };
}

function stepUpClaim(approval: Approval) {
  return {
    action: approval.action,
    challenge: approval.challenge,
    ...(approval.verificationMethod === undefined
      ? {}
      : { verification_method: approval.verificationMethod }),
    ...(approval.completedAtSeconds === undefined ? {} : { completed_at: approval.completedAtSeconds }),
    request: { method: approval.method, target: approval.target, binding: approval.binding },
  };
}

async function publicJwk(jwk: JWK): Promise<JWK> {
  const { kty, crv, x, y } = jwk;
  if (kty !== "EC" || crv !== "P-256" || x === undefined || y === undefined) {
    throw new Error("the assertion key is not an EC P-256 JWK");
  }
  const bare: JWK = { kty, crv, x, y };
  return { ...bare, kid: await calculateJwkThumbprint(bare), alg: "ES256", use: "sig" };
}
