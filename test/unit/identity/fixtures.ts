import type { TokenRules } from "../../../src/identity/claims.ts";
import { parseSessionId, parseSub, type Principal } from "../../../src/identity/principal.ts";

export const NOW_SECONDS = 1_800_000_000;
export const ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Pool";
export const CLIENT = "client0id";
export const SUB = "a11ce000-5a11-4b0f-8000-000000000001";
export const ORIGIN_JTI = "0a1b2c3d-0000-4000-8000-000000000001";

export const RULES: TokenRules = { issuers: [ISSUER], clientIds: [CLIENT], tokenUses: ["access", "id"] };

type Claims = Record<string, unknown>;

function changed(claims: Claims, changes: Claims): Claims {
  return Object.fromEntries(
    Object.entries({ ...claims, ...changes }).filter(([, value]) => value !== undefined),
  );
}

/** A good access token's claims; `undefined` takes one away. */
export function accessClaims(changes: Claims = {}): Claims {
  return changed(
    {
      iss: ISSUER,
      sub: SUB,
      client_id: CLIENT,
      token_use: "access",
      username: "alice",
      scope: "openid email",
      "cognito:groups": ["staff"],
      origin_jti: ORIGIN_JTI,
      auth_time: NOW_SECONDS - 100,
      iat: NOW_SECONDS - 50,
      exp: NOW_SECONDS + 3550,
    },
    changes,
  );
}

/** A good ID token's claims. */
export function idClaims(changes: Claims = {}): Claims {
  return changed(
    {
      iss: ISSUER,
      sub: SUB,
      aud: CLIENT,
      token_use: "id",
      "cognito:username": "alice",
      email: "alice@example.com",
      origin_jti: ORIGIN_JTI,
      auth_time: NOW_SECONDS - 100,
      iat: NOW_SECONDS - 50,
      exp: NOW_SECONDS + 3550,
    },
    changes,
  );
}

/** A verified user. */
export function principalOf(changes: Partial<Principal> = {}): Principal {
  const sub = parseSub(SUB);
  const session = parseSessionId(ORIGIN_JTI);
  if (sub === undefined || session === undefined) {
    throw new Error("the fixture's ids have the accepted shape");
  }
  return {
    sub,
    session,
    authTimeSeconds: NOW_SECONDS - 100,
    expiresAtSeconds: NOW_SECONDS + 3550,
    username: "alice",
    email: "alice@example.com",
    groups: ["staff"],
    scopes: [],
    claims: {},
    ...changes,
  };
}
