import { createHash, randomUUID } from "node:crypto";
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { attributeClaims } from "./attributes.ts";
import type { AppClient } from "./clients.ts";
import { groupClaims } from "./groups.ts";
import type { TokenUse } from "./keys.ts";
import { nowSeconds, type Pool } from "./pool.ts";
import { shows } from "./scopes.ts";
import type { Lineage } from "./store.ts";
import {
  type ClaimChanges,
  changeClaims,
  changeScopes,
  type TokenOverrides,
} from "./triggers/token-overrides.ts";
import type { User } from "./users.ts";

/** The signed tokens of one answer. There is no ID token without `openid`, except from the user pool API. */
export interface MintedTokens {
  readonly accessToken: string;
  readonly idToken?: string;
  readonly expiresInSeconds: number;
}

/** What tokens are made from. */
export interface Minting {
  readonly client: AppClient;
  readonly user: User;
  readonly lineage: Lineage;
  readonly nonce?: string | undefined;
  /** Fewer scopes than the lineage has. */
  readonly scopes?: readonly string[] | undefined;
  /** What PreTokenGeneration said. */
  readonly overrides?: TokenOverrides | undefined;
}

/** Signs an access token and an ID token of this lineage, with the claims of reference 1.3 and 1.4. */
export async function mintTokens(pool: Pool, minting: Minting): Promise<MintedTokens> {
  const { client, user, lineage, nonce, overrides } = minting;
  const scopes = minting.scopes ?? lineage.scopes;
  const access = {
    ...sharedClaims(pool, minting),
    ...groupClaims(pool, user, overrides?.groups, "access"),
    ...(lineage.resource === undefined ? {} : { aud: lineage.resource }),
    client_id: client.clientId,
    username: user.username,
    scope: changeScopes(scopes, overrides).join(" "),
    version: 2,
  };
  const accessToken = await sign(pool, "access", client, access, overrides?.access);
  const expiresInSeconds = client.accessTokenSeconds;
  if (lineage.origin === "domain" && !scopes.includes("openid")) {
    return { accessToken, expiresInSeconds };
  }
  const id = {
    ...sharedClaims(pool, minting),
    ...groupClaims(pool, user, overrides?.groups, "id"),
    ...attributeClaims(user, (attribute) => lineage.origin === "api" || shows(scopes, attribute)),
    ...(user.identities === undefined ? {} : { identities: user.identities }),
    ...(lineage.origin === "domain" ? { at_hash: atHash(accessToken) } : {}),
    ...(nonce === undefined ? {} : { nonce }),
    aud: client.clientId,
    "cognito:username": user.username,
  };
  return { accessToken, idToken: await sign(pool, "id", client, id, overrides?.id), expiresInSeconds };
}

/** An access token for a machine: `sub` is the client id, there is no user in it (reference 1.4). */
export function mintMachineToken(
  pool: Pool,
  client: AppClient,
  scopes: readonly string[],
  overrides?: TokenOverrides,
): Promise<string> {
  const claims = {
    sub: client.clientId,
    iss: pool.issuer(),
    auth_time: nowSeconds(pool),
    jti: randomUUID(),
    client_id: client.clientId,
    scope: changeScopes(scopes, overrides).join(" "),
    version: 2,
  };
  return sign(pool, "access", client, claims, overrides?.access);
}

/** Why an access token is not accepted. */
export type AccessTokenProblem = "invalid" | "expired" | "revoked";

/** A living access token: whose it is, what it may do. */
export interface LivingToken {
  readonly lineage: Lineage;
  readonly user: User;
  /** Of this token, which a trigger or a narrowed refresh may have made other than those of the lineage. */
  readonly scopes: readonly string[];
}

/** Reads an access token as the pool's own endpoints judge it: signature, expiry, use, revocation, user. */
export async function readAccessToken(pool: Pool, token: string): Promise<LivingToken | AccessTokenProblem> {
  let claims: JWTPayload;
  try {
    const { kid } = decodeProtectedHeader(token);
    const key = pool.keys.published().find((candidate) => candidate.kid === kid);
    if (key === undefined) {
      return "invalid";
    }
    const currentDate = new Date(pool.now());
    ({ payload: claims } = await jwtVerify(token, key.publicKey, { algorithms: ["RS256"], currentDate }));
  } catch (error) {
    return error instanceof errors.JWTExpired ? "expired" : "invalid";
  }
  const { event_id: eventId, token_use: use, scope } = claims;
  const lineage = typeof eventId === "string" ? pool.store.lineage(eventId) : undefined;
  if (use !== "access" || lineage === undefined) {
    return "invalid";
  }
  const user = pool.store.userBySub(lineage.userSub);
  if (lineage.revoked || user === undefined || !user.enabled) {
    return "revoked";
  }
  return { lineage, user, scopes: typeof scope === "string" ? scope.split(" ") : [] };
}

function sharedClaims(pool: Pool, { client, user, lineage }: Minting): JWTPayload {
  return {
    sub: user.sub,
    iss: pool.issuer(),
    ...(client.tokenRevocation || client.refreshTokenRotation !== undefined
      ? { origin_jti: lineage.originJti, jti: randomUUID() }
      : {}),
    event_id: lineage.eventId,
    auth_time: lineage.authTimeSeconds,
    ...(pool.settings.acrClaims ? authenticationLevel(user) : {}),
  };
}

/** Reference 1.6: a password is level one; what an external provider did is not graded. */
function authenticationLevel(user: User): JWTPayload {
  return user.identities === undefined
    ? { acr: "urn:cognito:loa:1", amr: ["pwd"] }
    : { acr: "urn:cognito:loa:1", amr: ["fed"] };
}

function sign(
  pool: Pool,
  use: TokenUse,
  client: AppClient,
  claims: JWTPayload,
  changes: ClaimChanges | undefined,
): Promise<string> {
  const { kid, privateKey } = pool.keys.signing(use);
  const iat = nowSeconds(pool);
  const lifetimeSeconds = use === "id" ? client.idTokenSeconds : client.accessTokenSeconds;
  const all = { ...claims, token_use: use, iat, exp: iat + lifetimeSeconds };
  return new SignJWT(changeClaims(all, changes, use, pool.settings.protectAccessIdentity))
    .setProtectedHeader({ kid, alg: "RS256" })
    .sign(privateKey);
}

/** OpenID Connect Core 3.1.3.6: the left half of the access token's SHA-256. */
function atHash(accessToken: string): string {
  return createHash("sha256").update(accessToken).digest().subarray(0, 16).toString("base64url");
}
