import { clearCookie, readCookie, setCookie } from "../../src/http/cookies.ts";
import { html } from "../../src/http/html.ts";
import { isCrossSite } from "../../src/http/navigation.ts";
import { renderPage } from "../../src/http/page.ts";
import {
  finishSignIn,
  openTransaction,
  signInCookieName,
  type SignInTransaction,
} from "../../src/identity/managed-sign-in.ts";
import { parseSessionId, type Principal } from "../../src/identity/principal.ts";
import { SESSIONS_PATH } from "../../src/identity/sessions-page.ts";
import { sealSession, SESSION_COOKIE } from "../../src/identity/session-cookie.ts";
import { verifyCognitoToken } from "../../src/identity/verify.ts";
import { parseChallengeId } from "../../src/ledger/port.ts";
import { DEVICE_COOKIE, DEVICE_COOKIE_SECONDS, readDevice, signDevice } from "../../src/stepup/device.ts";
import { json, refuse, seeOther, type Exchange } from "./exchange.ts";
import { seenOf } from "./seen.ts";
import { factsOf, identify, redirectToSignIn, refuseUnknown, safeReturnTo } from "./sign-in.ts";

/** A person who keeps coming back with a revoked sign-in is not sent round for ever. */
const MAX_ATTEMPTS = 4;

/** `GET /.sallyport/sign-in`: to managed login, and back to `return_to`. */
export async function startManagedSignIn(exchange: Exchange): Promise<Response> {
  const query = new URLSearchParams(exchange.target.search);
  const challenge = parseChallengeId(query.get("challenge"));
  const identified = await identify(exchange);
  return redirectToSignIn(exchange, {
    returnTo: safeReturnTo(query.get("return_to"), exchange.publicOrigin),
    freshly: query.get("prompt") === "login",
    adopt:
      challenge !== undefined && identified.ok
        ? { challenge, from: identified.value.principal.session }
        : undefined,
  });
}

/** `GET /.sallyport/callback`: the end of a managed sign-in. */
export async function finishManagedSignIn(exchange: Exchange): Promise<Response> {
  const { request, requestId, gateway, target, publicOrigin } = exchange;
  const url = new URL(publicOrigin + target.pathname + target.search);
  const state = url.searchParams.get("state") ?? "";
  const name = signInCookieName(state);
  const nowSeconds = Math.floor(gateway.nowMs() / 1000);
  const cookie = readCookie(request.headers.get("cookie"), name);
  const transaction = await openTransaction(gateway.keyring, state, cookie, nowSeconds);
  if (transaction === undefined || transaction.redirectUri !== publicOrigin + target.pathname) {
    return signInFailed(
      exchange,
      "This sign-in was not started in this browser, or was started too long ago.",
    );
  }
  const tokens = await finishSignIn(gateway.config.login, url, transaction, gateway.fetch);
  if (!tokens.ok) {
    return tokens.error.reason === "cognito_unavailable"
      ? refuse(request, requestId, "sign_in_unavailable")
      : signInFailed(exchange, "The sign-in was not completed.");
  }
  const rules = { ...gateway.config.tokenRules, tokenUses: ["id" as const] };
  const verified = await verifyCognitoToken(tokens.value, rules, gateway.authentication.jwks, nowSeconds);
  if (!verified.ok) {
    return verified.error.reason === "keys_unavailable"
      ? refuse(request, requestId, "sign_in_unavailable")
      : signInFailed(exchange, "The sign-in was not completed.");
  }
  return beginSession(exchange, verified.value, transaction, name);
}

async function beginSession(
  exchange: Exchange,
  principal: Principal,
  transaction: SignInTransaction,
  transactionCookie: string,
): Promise<Response> {
  const { requestId, gateway } = exchange;
  const ledger = exchange.ledgerOf(principal.sub);
  const seen = seenOf(exchange, { principal, carrier: "cookie" });
  const { revoked } = await ledger.startSession(factsOf(principal), seen);
  if (revoked) {
    // Managed login's own cookie brought an old sign-in back, or one from the second of the revocation itself:
    // only a sign-in after it counts (design decision 13).
    return transaction.attempt + 1 >= MAX_ATTEMPTS
      ? signInFailed(exchange, "This sign-in was ended. Please wait a moment and sign in again.")
      : redirectToSignIn(exchange, {
          returnTo: transaction.returnTo,
          freshly: true,
          attempt: transaction.attempt + 1,
          cookies: [clearCookie(transactionCookie)],
        });
  }
  const session = await sealSession(gateway.keyring, principal, exchange.policy.claimNames);
  if (session === undefined) {
    return signInFailed(exchange, "The session does not fit a cookie: the user is in too many groups.");
  }
  await adopt(exchange, principal, transaction);
  gateway.record({ event: "signed_in", requestId, sub: principal.sub });
  const lifeSeconds = principal.expiresAtSeconds - Math.floor(gateway.nowMs() / 1000);
  // Absolute: a path that begins with two slashes would otherwise name another host.
  return seeOther(exchange.publicOrigin + transaction.returnTo, [
    setCookie(SESSION_COOKIE, session, lifeSeconds),
    clearCookie(transactionCookie),
    ...(await newDevice(exchange)),
  ]);
}

async function adopt(
  exchange: Exchange,
  principal: Principal,
  transaction: SignInTransaction,
): Promise<void> {
  const challenge = parseChallengeId(transaction.adopt?.challenge);
  const from = parseSessionId(transaction.adopt?.from);
  if (challenge !== undefined && from !== undefined) {
    await exchange.ledgerOf(principal.sub).adopt(factsOf(principal), challenge, from);
  }
}

async function newDevice({ gateway, request }: Exchange): Promise<string[]> {
  const known = await readDevice(gateway.keyring, request.headers.get("cookie"));
  return known === undefined
    ? [
        setCookie(
          DEVICE_COOKIE,
          await signDevice(gateway.keyring, crypto.randomUUID()),
          DEVICE_COOKIE_SECONDS,
        ),
      ]
    : [];
}

function signInFailed({ request, requestId }: Exchange, detail: string): Response {
  return refuse(request, requestId, "sign_in_failed", { detail });
}

/** `GET /.sallyport/session`: who am I, for the app's own scripts. */
export async function showSession(exchange: Exchange): Promise<Response> {
  const identified = await identify(exchange);
  if (!identified.ok) {
    return refuseUnknown(exchange, identified.error);
  }
  const { principal, carrier } = identified.value;
  const { revoked } = await exchange.ledgerOf(principal.sub).standing(factsOf(principal));
  return revoked
    ? refuse(exchange.request, exchange.requestId, "session_revoked")
    : json({
        sub: principal.sub,
        username: principal.username,
        email: principal.email,
        groups: principal.groups,
        carrier,
        signedInAt: new Date(principal.authTimeSeconds * 1000).toISOString(),
        expiresAt: new Date(principal.expiresAtSeconds * 1000).toISOString(),
      });
}

/** `GET /.sallyport/sign-out`: asks, because a link must not sign anyone out. */
export function showSignOut(): Response {
  return renderPage({
    title: "Sign out?",
    body: html`<p>You will need your password to come back.</p>
      <div class="actions">
        <form method="post" action="/.sallyport/sign-out"><button>Sign out</button></form>
        <a class="button quiet" href="/">Stay signed in</a>
      </div>
      <p class="soft"><a href="${SESSIONS_PATH}">Where else you are signed in</a></p>`,
  });
}

/** `POST /.sallyport/sign-out`: ends the session here, in the ledger and at managed login. */
export async function signOut(exchange: Exchange): Promise<Response> {
  const { request, requestId, gateway, publicOrigin } = exchange;
  if (isCrossSite(request.headers, publicOrigin)) {
    return refuse(request, requestId, "cross_site");
  }
  const identified = await identify(exchange);
  if (identified.ok) {
    const { principal } = identified.value;
    // The cookie may have been copied: what it says is over everywhere, not only in this browser.
    await exchange.ledgerOf(principal.sub).revoke({
      id: `sign-out:${principal.session}`,
      scope: principal.session,
      beforeMs: gateway.nowMs(),
      reason: "signed out",
    });
    gateway.standing.note(principal, true);
    gateway.record({ event: "signed_out", requestId, sub: principal.sub });
  }
  const { domain, clientId } = gateway.config.login;
  const logout = new URL("/logout", domain);
  logout.search = new URLSearchParams({
    client_id: clientId,
    logout_uri: `${publicOrigin}/.sallyport/signed-out`,
  }).toString();
  return seeOther(logout.href, [clearCookie(SESSION_COOKIE)]);
}

/** `GET /.sallyport/signed-out`: where managed login comes back to. */
export function showSignedOut(): Response {
  return renderPage({
    title: "You are signed out",
    tone: "good",
    body: html`<p>You can close this page.</p>
      <div class="actions"><a class="button" href="/">Sign in again</a></div>`,
  });
}
