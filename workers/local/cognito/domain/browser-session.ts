import { randomBytes, randomUUID } from "node:crypto";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { nowSeconds, type Pool, type PoolUser } from "../pool.ts";
import { BROWSER_SESSION_SECONDS, type BrowserSession } from "../store.ts";
import { type AuthorizeRequest, withQuery } from "./authorize-request.ts";

const COOKIE = "cognito";

/** The session this browser has with managed login, if it still runs. */
export function currentSession(c: Context, pool: Pool): BrowserSession | undefined {
  return pool.store.browserSession(getCookie(c, COOKIE), pool.now());
}

/** Starts a session in this browser at password entry; one that was there before ends with it. */
export function startSession(c: Context, pool: Pool, user: PoolUser): BrowserSession {
  forget(c, pool);
  const session = {
    user,
    authTimeSeconds: nowSeconds(pool),
    expiresAtMs: pool.now() + BROWSER_SESSION_SECONDS * 1000,
  };
  const id = randomBytes(32).toString("base64url");
  pool.store.putBrowserSession(id, session);
  setCookie(c, COOKIE, id, { path: "/", httpOnly: true, sameSite: "Lax", maxAge: BROWSER_SESSION_SECONDS });
  return session;
}

/** Ends this browser's session here and in the browser. */
export function endSession(c: Context, pool: Pool): void {
  forget(c, pool);
  deleteCookie(c, COOKIE, { path: "/" });
}

function forget(c: Context, pool: Pool): void {
  const id = getCookie(c, COOKIE);
  if (id !== undefined) {
    pool.store.endBrowserSession(id);
  }
}

/** Whether the session answers the request without asking for a password. */
export function satisfies(session: BrowserSession, request: AuthorizeRequest, pool: Pool): boolean {
  const ageSeconds = nowSeconds(pool) - session.authTimeSeconds;
  const fresh = request.maxAgeSeconds === undefined || ageSeconds <= request.maxAgeSeconds;
  return fresh && !request.prompt.includes("login");
}

/** Issues a code for the session's user and gives the address that takes it to the app. */
export function codeRedirect(pool: Pool, session: BrowserSession, request: AuthorizeRequest): string {
  const code = randomUUID();
  const { user, authTimeSeconds } = session;
  pool.store.putCode(code, { ...request, user, authTimeSeconds }, pool.now());
  const answer = new URLSearchParams({ code });
  if (request.state !== undefined) {
    answer.set("state", request.state);
  }
  return withQuery(request.redirectUri, answer);
}
