import { base64url, decodeProtectedHeader } from "jose";
import { recent } from "../http/recent.ts";
import { fail, type Result } from "../http/result.ts";
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

/** Headers that say what they must, and their `kid`: a pool's tokens have one of two or three, to the letter. */
const knownHeaders = recent<string>({ entries: 100, characters: 50_000 });

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Verifies a Cognito ID or access token: RS256 by a key of the pool, then every promised claim.
 *
 * The signature is checked by the runtime's own WebCrypto: with one algorithm and keys made for nothing else
 * (jwks.ts), what jose's `compactVerify` adds is a second look at the header, for 15 to 40 microseconds
 * (docs/performance.md). A test holds the two against each other.
 *
 * @param token the compact JWS as it came.
 * @returns the principal, or the one reason why not. Never throws for bad input.
 * Source: RFC 7515 section 5.2, cognito.md 1.8, security.md section c.
 */
export async function verifyCognitoToken(
  token: string,
  rules: TokenRules,
  jwks: JwksSource,
  nowSeconds: number,
): Promise<Result<Principal, TokenProblem>> {
  const parts = readParts(token);
  if (parts === undefined) {
    return fail({ reason: "malformed" });
  }
  const key = await jwks.key(parts.kid);
  if (!key.ok) {
    return key;
  }
  const isSigned = await crypto.subtle.verify("RSASSA-PKCS1-v1_5", key.value, parts.signature, parts.signed);
  if (!isSigned) {
    return fail({ reason: "bad_signature" });
  }
  const claims = parseClaims(parts.payload);
  return claims === undefined
    ? fail({ reason: "malformed" })
    : principalFromClaims(claims, rules, nowSeconds);
}

/** What a compact JWS is made of; nothing of it is believed yet. */
interface Parts {
  readonly kid: string;
  /** In base64url. */
  readonly payload: string;
  readonly signed: BufferSource;
  readonly signature: BufferSource;
}

function readParts(token: string): Parts | undefined {
  if (token.length > MAX_TOKEN_CHARACTERS || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    return undefined;
  }
  const headerEnd = token.indexOf(".");
  const payloadEnd = token.lastIndexOf(".");
  const kid = kidOf(token.slice(0, headerEnd));
  const signature = decode(token.slice(payloadEnd + 1));
  return kid === undefined || signature === undefined
    ? undefined
    : {
        kid,
        payload: token.slice(headerEnd + 1, payloadEnd),
        signed: encoder.encode(token.slice(0, payloadEnd)),
        signature,
      };
}

function kidOf(header: string): string | undefined {
  const known = knownHeaders.get(header);
  if (known !== undefined) {
    return known;
  }
  const kid = readKid(header);
  if (kid !== undefined) {
    knownHeaders.set(header, kid);
  }
  return kid;
}

/** The `kid` of a header that is exactly RS256 and asks for nothing unusual. */
function readKid(protectedHeader: string): string | undefined {
  try {
    const header = decodeProtectedHeader({ protected: protectedHeader });
    const plain = header.alg === "RS256" && header.crit === undefined && header.b64 === undefined;
    const typed = header.typ === undefined || header.typ === "JWT";
    return plain && typed && typeof header.kid === "string" && header.kid.length <= 256
      ? header.kid
      : undefined;
  } catch {
    return undefined;
  }
}

function decode(text: string): BufferSource | undefined {
  try {
    return new Uint8Array(base64url.decode(text)); // a copy on a buffer that nobody shares, as WebCrypto's types want
  } catch {
    return undefined;
  }
}

function parseClaims(payload: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(base64url.decode(payload)));
    // JSON objects have string keys; an array is not a claims set (RFC 7519 section 4).
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
