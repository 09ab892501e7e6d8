import { clearCookie, readCookie } from "../../src/http/cookies.ts";
import { html } from "../../src/http/html.ts";
import { isCrossSite } from "../../src/http/navigation.ts";
import { renderPage } from "../../src/http/page.ts";
import { finishSignIn, openTransaction, type SignInTransaction } from "../../src/identity/managed-sign-in.ts";
import { signInCookieName } from "../../src/identity/sign-in-cookie.ts";
import { SESSIONS_PATH } from "./sessions-page.ts";
import { SESSION_COOKIE } from "../../src/identity/session-cookie.ts";
import { verifyCognitoToken } from "../../src/identity/verify.ts";
import { parseChallengeId } from "../../src/ledger/port.ts";
import { beginSession } from "./begin-session.ts";
import { json, refuse, seeOther, type Exchange } from "./exchange.ts";
import { factsOf, identify, redirectToSignIn, refuseUnknown, safeReturnTo } from "./sign-in.ts";

/** A person who keeps coming back with a revoked sign-in is not sent round for ever. */
const MAX_ATTEMPTS = 4;

/** `GET /.sallyport/sign-in`: to managed login, and back to `return_to`. */
export async function startManagedSignIn(exchange: Exchange): Promise<Response> {
  const query = new URLSearchParams(exchange.target.search);
  return redirectToSignIn(exchange, {
    returnTo: safeReturnTo(query.get("return_to"), exchange.publicOrigin),
    freshly: query.get("prompt") === "login",
    adopt: await adoptionOf(exchange),
  });
}

/** The enrolment that `?challenge=` names, and the session it now belongs to. */
export async function adoptionOf(exchange: Exchange): Promise<SignInTransaction["adopt"]> {
  const challenge = parseChallengeId(new URLSearchParams(exchange.target.search).get("challenge"));
  const identified = challenge === undefined ? undefined : await identify(exchange);
  return challenge !== undefined && identified?.ok === true
    ? { challenge, from: identified.value.principal.session }
    : undefined;
}

/** `GET /.sallyport/callback`: the end of a managed sign-in. */
export async function finishManagedSignIn(exchange: Exchange): Promise<Response> {
  const { request, requestId, gateway, target, publicOrigin } = exchange;
  const { login } = gateway.config;
  if (login === undefined) {
    return refuse(request, requestId, "not_found");
  }
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
  const tokens = await finishSignIn(login, url, transaction, gateway.fetch);
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
  return beginSession(exchange, {
    principal: verified.value,
    returnTo: transaction.returnTo,
    adopt: transaction.adopt,
    cookies: [clearCookie(name)],
    // Managed login's own cookie brought an old sign-in back, or one from the second of the revocation itself:
    // only a sign-in after it counts (design decision 13).
    whenRevoked: () =>
      transaction.attempt + 1 >= MAX_ATTEMPTS
        ? signInFailed(exchange, "This sign-in was ended. Please wait a moment and sign in again.")
        : redirectToSignIn(exchange, {
            returnTo: transaction.returnTo,
            freshly: true,
            attempt: transaction.attempt + 1,
            cookies: [clearCookie(name)],
          }),
  });
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
    body: html`<p>You will need to sign in again to come back.</p>
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
      endsManagedLogin: true,
    });
    gateway.standing.note(principal, true);
    gateway.record({ event: "signed_out", requestId, sub: principal.sub });
  }
  const signedOut = `${publicOrigin}/.sallyport/signed-out`;
  const { login, ownSignIn } = gateway.config;
  if (login === undefined || ownSignIn !== undefined) {
    return seeOther(signedOut, [clearCookie(SESSION_COOKIE)]); // there is no other session to end
  }
  const logout = new URL("/logout", login.domain);
  logout.search = new URLSearchParams({ client_id: login.clientId, logout_uri: signedOut }).toString();
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
