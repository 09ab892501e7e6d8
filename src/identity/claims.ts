import { fail, ok, type Result } from "../http/result.ts";
import { parseSessionId, parseSub, type Principal } from "./principal.ts";

/** What a token must promise before it is believed; from the configuration. */
export interface TokenRules {
  readonly issuers: readonly string[];
  readonly clientIds: readonly string[];
  /** The kinds of Cognito token that count. */
  readonly tokenUses: readonly ("access" | "id")[];
}

/** Why claims are refused, though the signature is right. */
export type ClaimsProblem =
  | { readonly reason: "expired" }
  | { readonly reason: "not_yet_valid" }
  | { readonly reason: "machine_token" }
  | { readonly reason: "claim_refused"; readonly claim: string };

/** Cognito's clock and ours may differ by this much for `iat` and `nbf`; `exp` gets no allowance. */
const CLOCK_SKEW_SECONDS = 60;

/**
 * Turns the claims of a token with a good signature into a principal (design decision 3: only a promised token is
 * a token). Every claim that the decision depends on must be there with its one right type (security.md 0.8).
 *
 * Source: cognito.md 1.3, 1.4 and 1.8.
 */
export function principalFromClaims(
  claims: Readonly<Record<string, unknown>>,
  rules: TokenRules,
  nowSeconds: number,
): Result<Principal, ClaimsProblem> {
  const use = claims["token_use"];
  if ((use !== "access" && use !== "id") || !rules.tokenUses.includes(use)) {
    return refused("token_use");
  }
  if (typeof claims["iss"] !== "string" || !rules.issuers.includes(claims["iss"])) {
    return refused("iss");
  }
  const client = claims[use === "access" ? "client_id" : "aud"];
  if (typeof client !== "string" || !rules.clientIds.includes(client)) {
    return refused(use === "access" ? "client_id" : "aud");
  }
  const expiresAtSeconds = seconds(claims["exp"]);
  if (expiresAtSeconds === undefined) {
    return refused("exp");
  }
  if (expiresAtSeconds <= nowSeconds) {
    return fail({ reason: "expired" });
  }
  for (const claim of ["iat", "nbf"]) {
    const value = claims[claim];
    if (value !== undefined && seconds(value) === undefined) {
      return refused(claim);
    }
    if ((seconds(value) ?? 0) > nowSeconds + CLOCK_SKEW_SECONDS) {
      return fail({ reason: "not_yet_valid" });
    }
  }
  if (claims["sub"] === client) {
    return fail({ reason: "machine_token" }); // client credentials: `sub` is the client id (cognito.md 1.4)
  }
  const sub = parseSub(claims["sub"]);
  if (sub === undefined) {
    return refused("sub");
  }
  const authTimeSeconds = seconds(claims["auth_time"]);
  if (authTimeSeconds === undefined || authTimeSeconds > nowSeconds + CLOCK_SKEW_SECONDS) {
    return refused("auth_time");
  }
  // Pools with revocation switched off send no origin_jti; the sign-in's own second then names the session.
  const session = parseSessionId(claims["origin_jti"] ?? `auth-${authTimeSeconds}`);
  if (session === undefined) {
    return refused("origin_jti");
  }
  const username = claims[use === "access" ? "username" : "cognito:username"];
  return ok({
    sub,
    session,
    authTimeSeconds,
    expiresAtSeconds,
    username: typeof username === "string" ? username : sub,
    email: typeof claims["email"] === "string" ? claims["email"] : undefined,
    groups: texts(claims["cognito:groups"]),
    scopes: typeof claims["scope"] === "string" ? claims["scope"].split(" ") : [],
    claims,
  });
}

function refused(claim: string): { readonly ok: false; readonly error: ClaimsProblem } {
  return fail({ reason: "claim_refused", claim });
}

/** A NumericDate as Cognito sends it: a whole, positive, finite number of seconds. */
function seconds(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}
