import { compactVerify, decodeProtectedHeader, errors } from "jose";
import { fail, ok, type Result } from "../http/result.ts";
import { principalFromClaims, type ClaimsProblem, type TokenRules } from "./claims.ts";
import type { JwksSource, KeyProblem } from "./jwks.ts";
import type { Principal } from "./principal.ts";

/** Why a token is not accepted. */
export type TokenProblem =
  | { readonly reason: "malformed" }
  | { readonly reason: "bad_signature" }
  | KeyProblem
  | ClaimsProblem;

/** Cognito's largest tokens (100 groups, custom claims) stay well below. */
const MAX_TOKEN_CHARACTERS = 16 * 1024;

/**
 * Verifies a Cognito ID or access token: RS256 by a key of the pool, then every promised claim.
 *
 * @param token the compact JWS as it came.
 * @returns the principal, or the one reason why not. Never throws for bad input.
 * Source: cognito.md 1.8, security.md section c.
 */
export async function verifyCognitoToken(
  token: string,
  rules: TokenRules,
  jwks: JwksSource,
  nowSeconds: number,
): Promise<Result<Principal, TokenProblem>> {
  const kid = readKid(token);
  if (kid === undefined) {
    return fail({ reason: "malformed" });
  }
  const key = await jwks.key(kid);
  if (!key.ok) {
    return key;
  }
  const payload = await verifySignature(token, key.value);
  if (!payload.ok) {
    return payload;
  }
  const claims = parseClaims(payload.value);
  return claims === undefined
    ? fail({ reason: "malformed" })
    : principalFromClaims(claims, rules, nowSeconds);
}

/** The `kid` of a header that is exactly RS256 and asks for nothing unusual. */
function readKid(token: string): string | undefined {
  if (token.length > MAX_TOKEN_CHARACTERS || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    return undefined;
  }
  try {
    const header = decodeProtectedHeader(token);
    const plain = header.alg === "RS256" && header.crit === undefined && header.b64 === undefined;
    const typed = header.typ === undefined || header.typ === "JWT";
    return plain && typed && typeof header.kid === "string" && header.kid.length <= 256
      ? header.kid
      : undefined;
  } catch {
    return undefined;
  }
}

async function verifySignature(token: string, key: CryptoKey): Promise<Result<Uint8Array, TokenProblem>> {
  try {
    const { payload } = await compactVerify(token, key, { algorithms: ["RS256"] });
    return ok(payload);
  } catch (error) {
    return fail({
      reason: error instanceof errors.JWSSignatureVerificationFailed ? "bad_signature" : "malformed",
    });
  }
}

function parseClaims(payload: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload),
    );
    // JSON objects have string keys; an array is not a claims set (RFC 7519 section 4).
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
