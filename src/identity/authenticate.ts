import { readCookie } from "../http/cookies.ts";
import type { Keyring } from "../http/keyring.ts";
import { fail, ok, type Result } from "../http/result.ts";
import type { TokenRules } from "./claims.ts";
import type { JwksSource } from "./jwks.ts";
import type { Carrier, Principal } from "./principal.ts";
import type { Remembered } from "./remembered.ts";
import { openSession, SESSION_COOKIE } from "./session-cookie.ts";
import { verifyCognitoToken, type TokenProblem } from "./verify.ts";

/** A request whose sender is known. */
export interface Authenticated {
  readonly principal: Principal;
  readonly carrier: Carrier;
}

/** Why a request has no principal. `nobody`: it carried no proof at all, or a session that is over. */
export type AuthenticationProblem = { readonly reason: "nobody" } | TokenProblem;

export interface AuthenticationPorts {
  readonly rules: TokenRules;
  readonly jwks: JwksSource;
  readonly keyring: Keyring;
  /** One memory per carrier: a token that was verified as such must not pass for a session cookie, nor the reverse. */
  readonly remembered: Readonly<Record<Carrier, Remembered>>;
}

/**
 * Who sends this request. A bearer token, when there is one, is the only proof looked at: a bad one is never made
 * good by a cookie beside it. Another `Authorization` scheme belongs to the origin and proves nothing here.
 *
 * Synchronous when the proof was verified before (the hot path); otherwise a promise.
 */
export function authenticate(
  headers: Headers,
  ports: AuthenticationPorts,
  nowSeconds: number,
): Result<Authenticated, AuthenticationProblem> | Promise<Result<Authenticated, AuthenticationProblem>> {
  const authorization = headers.get("authorization");
  const bearer = authorization === null ? undefined : readBearer(authorization);
  const proof = bearer ?? readCookie(headers.get("cookie"), SESSION_COOKIE);
  if (proof === undefined || proof === "") {
    return fail({ reason: bearer === undefined ? "nobody" : "malformed" });
  }
  const carrier: Carrier = bearer === undefined ? "cookie" : "bearer";
  const known = ports.remembered[carrier].get(proof, nowSeconds);
  if (known !== undefined) {
    return ok({ principal: known, carrier });
  }
  return verifyProof(proof, carrier, ports, nowSeconds);
}

/** The token of a `Bearer` credential (RFC 6750 section 2.1; the scheme's name is case-insensitive). */
function readBearer(authorization: string): string | undefined {
  return /^bearer(?: +|$)/i.test(authorization) ? authorization.slice("bearer".length).trim() : undefined;
}

async function verifyProof(
  proof: string,
  carrier: Carrier,
  ports: AuthenticationPorts,
  nowSeconds: number,
): Promise<Result<Authenticated, AuthenticationProblem>> {
  const principal =
    carrier === "bearer"
      ? await verifyCognitoToken(proof, ports.rules, ports.jwks, nowSeconds)
      : await openCookie(proof, ports.keyring, nowSeconds);
  if (!principal.ok) {
    return principal;
  }
  ports.remembered[carrier].set(proof, principal.value);
  return ok({ principal: principal.value, carrier });
}

async function openCookie(
  value: string,
  keyring: Keyring,
  nowSeconds: number,
): Promise<Result<Principal, AuthenticationProblem>> {
  const principal = await openSession(keyring, value, nowSeconds);
  return principal === undefined ? fail({ reason: "nobody" }) : ok(principal);
}
