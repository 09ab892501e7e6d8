import { randomBytes } from "node:crypto";
import { type Context, Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { errorPage, loginPage } from "../html.ts";
import { authenticate, type Pool } from "../pool.ts";
import { type AuthorizeRequest, errorRedirect, readAuthorizeRequest } from "./authorize-request.ts";
import { codeRedirect, currentSession, satisfies, startSession } from "./browser-session.ts";

const CSRF_COOKIE = "XSRF-TOKEN";
const CSRF_TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** `GET` and `POST /login`: the form of managed login, with the parameters of `/oauth2/authorize` in its address. */
export function loginRoutes(pool: Pool): Hono {
  const routes = new Hono();

  routes.get("/login", (c) => {
    const request = readAuthorizeRequest(pool, new URL(c.req.url).searchParams);
    if ("kind" in request) {
      return refused(c, request);
    }
    const session = currentSession(c, pool);
    if (session !== undefined && satisfies(session, request, pool)) {
      return c.redirect(codeRedirect(pool, session, request));
    }
    return request.prompt.includes("none")
      ? c.redirect(errorRedirect(request, "login_required"))
      : form(c, { username: request.loginHint });
  });

  routes.post("/login", async (c) => {
    const request = readAuthorizeRequest(pool, new URL(c.req.url).searchParams);
    if ("kind" in request) {
      return refused(c, request);
    }
    const fields = new URLSearchParams(await c.req.text());
    const username = fields.get("username") ?? "";
    const cookie = getCookie(c, CSRF_COOKIE);
    if (cookie === undefined || fields.get("_csrf") !== cookie) {
      return form(c, { username, error: "This page has been open too long. Please try again." }, 403);
    }
    const user = authenticate(pool, username, fields.get("password") ?? "");
    if (user === undefined) {
      return form(c, { username, error: "Incorrect username or password." }, 400);
    }
    return c.redirect(codeRedirect(pool, startSession(c, pool, user), request), 302);
  });

  return routes;
}

function refused(
  c: Context,
  request: Exclude<ReturnType<typeof readAuthorizeRequest>, AuthorizeRequest>,
): Response | Promise<Response> {
  return request.kind === "redirect" ? c.redirect(request.location) : c.html(errorPage(request.error), 400);
}

/** Shows the form. A CSRF token that the browser has is kept, so that two open tabs both work. */
function form(
  c: Context,
  options: { readonly username: string; readonly error?: string },
  status: 200 | 400 | 403 = 200,
): Response | Promise<Response> {
  const known = getCookie(c, CSRF_COOKIE);
  const csrfToken =
    known !== undefined && CSRF_TOKEN.test(known) ? known : randomBytes(32).toString("base64url");
  setCookie(c, CSRF_COOKIE, csrfToken, { path: "/", httpOnly: true, sameSite: "Lax" });
  const action = `/login${new URL(c.req.url).search}`;
  return c.html(loginPage({ action, csrfToken, ...options }), status);
}
