import * as oauth from "oauth4webapi";
import * as z from "zod/mini";
import { onFirstUse } from "../http/first-use.ts";
import type { Keyring } from "../http/keyring.ts";
import { fail, ok, type Result } from "../http/result.ts";
import { signInCookieName } from "./sign-in-cookie.ts";

/** Where managed login is, as the configuration names it. */
export interface ManagedLogin {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** The pool's domain as browsers reach it. */
  readonly domain: string;
  /** The token endpoint as the gateway reaches it. */
  readonly tokenUrl: string;
}

/** A sign-in under way: what the callback needs, sealed in a cookie of the browser that started it. */
export interface SignInTransaction {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** A path on this origin, to come back to. */
  readonly returnTo: string;
  readonly redirectUri: string;
  /** How many times the callback has sent this person back to sign in; bounded. */
  readonly attempt: number;
  readonly startedAtSeconds: number;
  /** An enrolment that waits for this sign-in, and the session it belonged to. */
  readonly adopt?: { readonly challenge: string; readonly from: string } | undefined;
}

/** Why a callback is not believed. The details of Cognito's answer are not repeated: they are not stable (cognito.md 2.1). */
export type SignInProblem =
  | { readonly reason: "unknown_transaction" }
  | { readonly reason: "refused_by_cognito"; readonly error: string }
  | { readonly reason: "bad_answer" }
  | { readonly reason: "cognito_unavailable" };

export const SIGN_IN_SECONDS = 600;
/** A longer way back is given up: with its cookie above 4096 bytes, which browsers drop, nobody could sign in at all. */
const MAX_RETURN_TO_CHARACTERS = 1_500;
const TOKEN_TIMEOUT_MS = 5_000;
const SCOPE = "openid email profile";

const transactionSchema = onFirstUse(() =>
  z.object({
    state: z.string(),
    nonce: z.string(),
    verifier: z.string(),
    returnTo: z.string(),
    redirectUri: z.string(),
    attempt: z.number(),
    startedAtSeconds: z.number(),
    adopt: z.optional(z.object({ challenge: z.string(), from: z.string() })),
  }),
);

/**
 * Starts a managed sign-in: authorization code with PKCE, state and nonce (RFC 7636, OpenID Connect Core 3.1).
 *
 * @param options.freshly asks for a real sign-in (`prompt=login`), so that managed login's own cookie does not do.
 * @returns where to send the browser, and the cookie that only this browser brings back.
 */
export async function startSignIn(
  login: ManagedLogin,
  keyring: Keyring,
  options: {
    readonly returnTo: string;
    readonly redirectUri: string;
    readonly freshly: boolean;
    readonly attempt: number;
    readonly nowSeconds: number;
    readonly adopt?: SignInTransaction["adopt"];
  },
): Promise<{ location: string; cookie: { name: string; value: string; maxAgeSeconds: number } }> {
  const transaction: SignInTransaction = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    returnTo: options.returnTo.length > MAX_RETURN_TO_CHARACTERS ? "/" : options.returnTo,
    redirectUri: options.redirectUri,
    attempt: options.attempt,
    startedAtSeconds: options.nowSeconds,
    adopt: options.adopt,
  };
  const location = new URL("/oauth2/authorize", login.domain);
  location.search = new URLSearchParams({
    response_type: "code",
    client_id: login.clientId,
    redirect_uri: transaction.redirectUri,
    scope: SCOPE,
    state: transaction.state,
    nonce: transaction.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(transaction.verifier),
    code_challenge_method: "S256",
    ...(options.freshly ? { prompt: "login" } : {}),
  }).toString();
  const name = signInCookieName(transaction.state);
  const payload = new TextEncoder().encode(JSON.stringify(transaction));
  return {
    location: location.href,
    cookie: { name, value: await keyring.seal("sign-in", payload, name), maxAgeSeconds: SIGN_IN_SECONDS },
  };
}

/** Opens a sign-in cookie and checks that it belongs to this `state` and is recent. */
export async function openTransaction(
  keyring: Keyring,
  state: string,
  cookie: string | undefined,
  nowSeconds: number,
): Promise<SignInTransaction | undefined> {
  const opened =
    cookie === undefined ? undefined : await keyring.open("sign-in", cookie, signInCookieName(state));
  if (opened === undefined) {
    return undefined;
  }
  const parsed = transactionSchema().safeParse(JSON.parse(new TextDecoder().decode(opened)));
  if (!parsed.success) {
    return undefined; // sealed by another version of this code
  }
  const transaction = parsed.data;
  const fresh = nowSeconds - transaction.startedAtSeconds <= SIGN_IN_SECONDS;
  return fresh && transaction.state === state ? transaction : undefined;
}

/**
 * Exchanges the code of a callback for tokens and gives the ID token. oauth4webapi checks state, error answers and
 * the ID token's claims with the nonce; the caller checks its signature like any other token's.
 */
export async function finishSignIn(
  login: ManagedLogin,
  callbackUrl: URL,
  transaction: SignInTransaction,
  fetchFunction: typeof fetch,
): Promise<Result<string, SignInProblem>> {
  const server: oauth.AuthorizationServer = { issuer: login.issuer, token_endpoint: login.tokenUrl };
  const client: oauth.Client = { client_id: login.clientId };
  const authentication =
    login.clientSecret === undefined ? oauth.None() : oauth.ClientSecretBasic(login.clientSecret);
  try {
    const parameters = oauth.validateAuthResponse(server, client, callbackUrl, transaction.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      parameters,
      transaction.redirectUri,
      transaction.verifier,
      {
        [oauth.customFetch]: (url, init) => fetchFunction(url, { ...init, redirect: "manual" }),
        [oauth.allowInsecureRequests]: login.tokenUrl.startsWith("http:"),
        signal: () => AbortSignal.timeout(TOKEN_TIMEOUT_MS),
      },
    );
    if (response.status >= 500) {
      return fail({ reason: "cognito_unavailable" });
    }
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: transaction.nonce,
      requireIdToken: true,
    });
    return tokens.id_token === undefined ? fail({ reason: "bad_answer" }) : ok(tokens.id_token);
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
      return fail({ reason: "refused_by_cognito", error: stableError(error.error) });
    }
    if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
      return fail({ reason: "bad_answer" });
    }
    return fail({ reason: "cognito_unavailable" });
  }
}

/** The registered OAuth error codes are safe to show; anything else is not repeated. */
function stableError(error: string): string {
  return /^[a-z_]{1,40}$/.test(error) ? error : "server_error";
}
