import { createHash, randomUUID } from "node:crypto";
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { TokenUse } from "./keys.ts";
import { nowSeconds, type Pool } from "./pool.ts";
import { showsEmail, showsProfile } from "./scopes.ts";
import type { Lineage } from "./store.ts";

/** The signed tokens of one answer. There is no ID token without `openid`, except from the user pool API. */
export interface MintedTokens {
  readonly accessToken: string;
  readonly idToken?: string;
}

/** Signs an access token and an ID token of this lineage, with the claims of reference 1.3 and 1.4. */
export async function mintTokens(pool: Pool, lineage: Lineage, nonce?: string): Promise<MintedTokens> {
  const accessToken = await sign(pool, "access", pool.accessTokenSeconds, {
    ...sharedClaims(pool, lineage),
    ...(lineage.resource === undefined ? {} : { aud: lineage.resource }),
    client_id: pool.clientId,
    username: lineage.user.username,
    scope: lineage.scopes.join(" "),
    version: 2,
  });
  if (lineage.origin === "domain" && !lineage.scopes.includes("openid")) {
    return { accessToken };
  }
  const idToken = await sign(pool, "id", pool.idTokenSeconds, {
    ...sharedClaims(pool, lineage),
    ...attributeClaims(lineage),
    ...(lineage.origin === "domain" ? { at_hash: atHash(accessToken) } : {}),
    ...(nonce === undefined ? {} : { nonce }),
    aud: pool.clientId,
    "cognito:username": lineage.user.username,
  });
  return { accessToken, idToken };
}

/** Why an access token is not accepted. */
export type AccessTokenProblem = "invalid" | "expired" | "revoked";

/** The lineage of a living access token, as the pool's own endpoints judge it: signature, expiry, use, revocation. */
export async function readAccessToken(pool: Pool, token: string): Promise<Lineage | AccessTokenProblem> {
  let claims: JWTPayload;
  try {
    const { kid } = decodeProtectedHeader(token);
    const key = pool.keys.published().find((candidate) => candidate.kid === kid);
    if (key === undefined) {
      return "invalid";
    }
    const currentDate = new Date(pool.now());
    const options = { issuer: pool.issuer, algorithms: ["RS256"], currentDate };
    ({ payload: claims } = await jwtVerify(token, key.publicKey, options));
  } catch (error) {
    return error instanceof errors.JWTExpired ? "expired" : "invalid";
  }
  const { origin_jti: originJti, token_use: use } = claims;
  if (use !== "access" || typeof originJti !== "string") {
    return "invalid";
  }
  const lineage = pool.store.lineageByOriginJti(originJti);
  if (lineage === undefined) {
    return "invalid";
  }
  return lineage.revoked ? "revoked" : lineage;
}

function sharedClaims(pool: Pool, lineage: Lineage): JWTPayload {
  return {
    sub: lineage.user.sub,
    iss: pool.issuer,
    origin_jti: lineage.originJti,
    event_id: lineage.eventId,
    auth_time: lineage.authTimeSeconds,
    jti: randomUUID(),
    ...(lineage.user.groups?.length ? { "cognito:groups": lineage.user.groups } : {}),
  };
}

function attributeClaims({ user, scopes, origin }: Lineage): JWTPayload {
  return {
    ...(origin === "api" || showsEmail(scopes) ? { email: user.email, email_verified: true } : {}),
    ...(origin === "api" || showsProfile(scopes) ? { name: user.name } : {}),
  };
}

function sign(pool: Pool, use: TokenUse, lifetimeSeconds: number, claims: JWTPayload): Promise<string> {
  const { kid, privateKey } = pool.keys.signing(use);
  const iat = nowSeconds(pool);
  return new SignJWT({ ...claims, token_use: use, iat, exp: iat + lifetimeSeconds })
    .setProtectedHeader({ kid, alg: "RS256" })
    .sign(privateKey);
}

/** OpenID Connect Core 3.1.3.6: the left half of the access token's SHA-256. */
function atHash(accessToken: string): string {
  return createHash("sha256").update(accessToken).digest().subarray(0, 16).toString("base64url");
}
