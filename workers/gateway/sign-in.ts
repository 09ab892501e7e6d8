import type { ErrorCode } from "../../src/http/codes.ts";
import { clearCookie, cookieNames, setCookie } from "../../src/http/cookies.ts";
import { isNavigation } from "../../src/http/navigation.ts";
import {
  authenticate,
  type Authenticated,
  type AuthenticationProblem,
} from "../../src/identity/authenticate.ts";
import type { SignInTransaction } from "../../src/identity/managed-sign-in.ts";
import type { Principal } from "../../src/identity/principal.ts";
import { SESSION_COOKIE } from "../../src/identity/session-cookie.ts";
import { SIGN_IN_COOKIE_PREFIX } from "../../src/identity/sign-in-cookie.ts";
import { signInUrl } from "../../src/sign-in/pages.ts";
import { refuse, seeOther, type Exchange } from "./exchange.ts";

/** Where managed login brings browsers back. */
export const CALLBACK_PATH = "/.sallyport/callback";

/** Tabs that sign in at the same time. */
const MAX_SIGN_INS_UNDER_WAY = 5;

/** Who sends this request; synchronous when the proof is known. */
export function identify(exchange: Exchange) {
  const nowSeconds = Math.floor(exchange.gateway.nowMs() / 1000);
  return authenticate(exchange.request.headers, exchange.gateway.authentication, nowSeconds);
}

/** Sends a browser to managed login, or to the sign-in page of our own, to come back to `returnTo`. */
export async function redirectToSignIn(
  exchange: Exchange,
  options: {
    readonly returnTo: string;
    readonly freshly: boolean;
    readonly attempt?: number;
    readonly adopt?: SignInTransaction["adopt"];
    readonly cookies?: readonly string[];
  },
): Promise<Response> {
  const { gateway, publicOrigin } = exchange;
  const { login, ownSignIn } = gateway.config;
  if (ownSignIn !== undefined || login === undefined) {
    // Every sign-in there is a real one, so a fresh one is no different.
    return seeOther(signInUrl({ returnTo: options.returnTo }), options.cookies);
  }
  const { startSignIn } = await import("../../src/identity/managed-sign-in.ts");
  const { location, cookie } = await startSignIn(login, gateway.keyring, {
    returnTo: options.returnTo,
    redirectUri: publicOrigin + CALLBACK_PATH,
    freshly: options.freshly,
    attempt: options.attempt ?? 0,
    nowSeconds: Math.floor(gateway.nowMs() / 1000),
    adopt: options.adopt,
  });
  return seeOther(location, [
    ...(options.cookies ?? []),
    ...abandonedSignIns(exchange.request),
    setCookie(cookie.name, cookie.value, cookie.maxAgeSeconds),
  ]);
}

/** Sign-ins that were begun and left; so many that the `Cookie` header would grow too long are forgotten. */
export function abandonedSignIns(request: Request): string[] {
  const names = cookieNames(request.headers.get("cookie"), SIGN_IN_COOKIE_PREFIX);
  return names.length < MAX_SIGN_INS_UNDER_WAY ? [] : names.map(clearCookie);
}

/** Answers a request whose sender is not known: a page is sent to sign in, a program is told why. */
export async function refuseUnknown(exchange: Exchange, problem: AuthenticationProblem): Promise<Response> {
  const { request, requestId } = exchange;
  const code = codeOf(problem);
  if (code === "sign_in_required" && isNavigation(request.method, request.headers)) {
    if (request.method !== "POST") {
      return redirectToSignIn(exchange, { returnTo: pathAndQuery(exchange), freshly: false });
    }
    // A form was posted after the session ended. It is not replayed after a sign-in: nobody confirmed it since.
    return refuse(request, requestId, code, {
      detail: "Your session has ended, so what you sent was not processed. Sign in, then send it again.",
    });
  }
  return refuse(request, requestId, code, challengeHeaders(code));
}

/** Answers a request of a session that has been revoked: only a real new sign-in helps (design decision 13). */
export async function refuseRevoked(
  exchange: Exchange,
  { carrier, principal }: Authenticated,
): Promise<Response> {
  const { request, requestId } = exchange;
  exchange.gateway.standing.note(principal, true);
  if (carrier === "cookie" && isNavigation(request.method, request.headers)) {
    const returnTo = request.method === "POST" ? "/" : pathAndQuery(exchange);
    return redirectToSignIn(exchange, { returnTo, freshly: true, cookies: [clearCookie(SESSION_COOKIE)] });
  }
  return refuse(request, requestId, "session_revoked", challengeHeaders("session_revoked"));
}

/** What the ledger needs to know of a sign-in. */
export function factsOf(principal: Principal) {
  return { session: principal.session, authTimeSeconds: principal.authTimeSeconds };
}

/** A same-origin path to return to: parsed as the browser would, and only its path and query are used. */
export function safeReturnTo(text: string | null, publicOrigin: string): string {
  if (text === null || !URL.canParse(text, publicOrigin)) {
    return "/";
  }
  const url = new URL(text, publicOrigin);
  return url.origin === publicOrigin ? url.pathname + url.search : "/";
}

function pathAndQuery({ target }: Exchange): string {
  return target.pathname + target.search;
}

function codeOf(problem: AuthenticationProblem): ErrorCode {
  switch (problem.reason) {
    case "nobody":
      return "sign_in_required";
    case "keys_unavailable":
      return "sign_in_unavailable";
    case "machine_token":
      return "machine_token";
    case "malformed":
    case "bad_signature":
    case "unknown_kid":
    case "expired":
    case "not_yet_valid":
    case "claim_refused":
      return "invalid_token";
  }
}

/** RFC 6750 section 3: without a token no error code, with a bad one `invalid_token`. */
function challengeHeaders(
  code: ErrorCode,
): { readonly headers: Readonly<Record<string, string>> } | undefined {
  switch (code) {
    case "sign_in_required":
      return { headers: { "WWW-Authenticate": "Bearer" } };
    case "invalid_token":
    case "session_revoked":
      return { headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' } };
    default:
      return undefined;
  }
}
