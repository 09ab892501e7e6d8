import { randomBytes, randomUUID } from "node:crypto";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { startLineage } from "../lineage.ts";
import { nowSeconds, type Pool } from "../pool.ts";
import { BROWSER_SESSION_SECONDS, type BrowserSession } from "../store.ts";
import { mintTokens } from "../tokens.ts";
import { postAuthentication } from "../triggers/plain.ts";
import { generateTokens } from "../triggers/token-generation.ts";
import type { TokenOverrides } from "../triggers/token-overrides.ts";
import type { User } from "../users.ts";
import { type AuthorizeRequest, errorRedirect, withQuery } from "./authorize-request.ts";

const COOKIE = "cognito";

/** A session together with its user as they are now. */
export interface LiveSession extends BrowserSession {
  readonly user: User;
}

/** The session this browser has with managed login, if it still runs and its user may sign in. */
export function currentSession(c: Context, pool: Pool): LiveSession | undefined {
  const session = pool.store.browserSession(getCookie(c, COOKIE), pool.now());
  const user = session === undefined ? undefined : pool.store.userBySub(session.userSub);
  return session !== undefined && user?.enabled === true ? { ...session, user } : undefined;
}

/**
 * Lets a user who has shown who they are into the app: PostAuthentication, a session in this browser, the answer.
 * Gives the address that takes the answer, or the trigger's refusal, to the app.
 */
export async function signInBrowser(
  c: Context,
  pool: Pool,
  user: User,
  request: AuthorizeRequest,
): Promise<string> {
  const problem = await postAuthentication(pool, user, request.client.clientId, undefined);
  if (problem !== undefined) {
    return errorRedirect(request, "invalid_request", problem.message);
  }
  return answerFromSession(pool, startSession(c, pool, user), request);
}

/** Ends this browser's session here and in the browser. */
export function endSession(c: Context, pool: Pool): void {
  forget(c, pool);
  deleteCookie(c, COOKIE, { path: "/" });
}

/** Whether the session answers the request without asking for a password. */
export function satisfies(session: LiveSession, request: AuthorizeRequest, pool: Pool): boolean {
  const ageSeconds = nowSeconds(pool) - session.authTimeSeconds;
  const fresh = request.maxAgeSeconds === undefined || ageSeconds <= request.maxAgeSeconds;
  const { identities } = session.user;
  const fromHere = identities === undefined;
  const fromThere = identities?.some(({ providerName }) => providerName === request.provider?.name) === true;
  const rightProvider = !request.isProviderNamed || (request.provider === undefined ? fromHere : fromThere);
  return fresh && rightProvider && !request.prompt.includes("login");
}

/** Issues a code, or tokens for the implicit grant, and gives the address that takes them to the app. */
export async function answerFromSession(
  pool: Pool,
  session: LiveSession,
  request: AuthorizeRequest,
): Promise<string> {
  const { client, scopes } = request;
  const generated = await generateTokens(pool, {
    client,
    user: session.user,
    scopes,
    source: "TokenGeneration_HostedAuth",
    clientMetadata: undefined,
  });
  if ("error" in generated) {
    return errorRedirect(request, "invalid_request", generated.message);
  }
  return request.responseType === "token"
    ? tokenRedirect(pool, session, request, generated.overrides)
    : codeRedirect(pool, session, request, generated.overrides);
}

function codeRedirect(
  pool: Pool,
  { userSub, authTimeSeconds }: LiveSession,
  request: AuthorizeRequest,
  overrides: TokenOverrides | undefined,
): string {
  const { redirectUri, scopes, codeChallenge, nonce, resource, state, client } = request;
  const code = randomUUID();
  const grant = {
    clientId: client.clientId,
    userSub,
    authTimeSeconds,
    redirectUri,
    scopes,
    ...(codeChallenge === undefined ? {} : { codeChallenge }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(resource === undefined ? {} : { resource }),
    ...(overrides === undefined ? {} : { overrides }),
  };
  pool.store.putCode(code, grant, pool.now());
  return withQuery(redirectUri, new URLSearchParams({ code, ...(state === undefined ? {} : { state }) }));
}

/** The implicit grant: tokens behind `#`, no refresh token. */
async function tokenRedirect(
  pool: Pool,
  { user, userSub, authTimeSeconds }: LiveSession,
  request: AuthorizeRequest,
  overrides: TokenOverrides | undefined,
): Promise<string> {
  const { client, scopes, nonce, resource, state, redirectUri } = request;
  const { lineage } = startLineage(pool, client, {
    userSub,
    authTimeSeconds,
    scopes,
    origin: "domain",
    ...(resource === undefined ? {} : { resource }),
  });
  const minted = await mintTokens(pool, { client, user, lineage, nonce, overrides });
  const answer = new URLSearchParams({
    access_token: minted.accessToken,
    ...(minted.idToken === undefined ? {} : { id_token: minted.idToken }),
    token_type: "Bearer",
    expires_in: String(minted.expiresInSeconds),
    ...(state === undefined ? {} : { state }),
  });
  return `${redirectUri}#${answer.toString()}`;
}

/** Starts a session in this browser at password entry; one that was there before ends with it. */
function startSession(c: Context, pool: Pool, user: User): LiveSession {
  forget(c, pool);
  const session = {
    userSub: user.sub,
    authTimeSeconds: nowSeconds(pool),
    expiresAtMs: pool.now() + BROWSER_SESSION_SECONDS * 1000,
  };
  const id = randomBytes(32).toString("base64url");
  pool.store.putBrowserSession(id, session);
  setCookie(c, COOKIE, id, { path: "/", httpOnly: true, sameSite: "Lax", maxAge: BROWSER_SESSION_SECONDS });
  return { ...session, user };
}

function forget(c: Context, pool: Pool): void {
  const id = getCookie(c, COOKIE);
  if (id !== undefined) {
    pool.store.endBrowserSession(id);
  }
}
