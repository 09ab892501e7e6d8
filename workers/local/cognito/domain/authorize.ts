import { Hono } from "hono";
import { errorPage } from "../html.ts";
import type { Pool } from "../pool.ts";
import { errorRedirect, readAuthorizeRequest } from "./authorize-request.ts";
import { codeRedirect, currentSession, satisfies } from "./browser-session.ts";

/** `GET /oauth2/authorize` (reference 2.1): straight back to the app with a session, to the login page without. */
export function authorizeRoute(pool: Pool): Hono {
  return new Hono().get("/oauth2/authorize", (c) => {
    const { search, searchParams } = new URL(c.req.url);
    const request = readAuthorizeRequest(pool, searchParams);
    if ("kind" in request) {
      return request.kind === "redirect"
        ? c.redirect(request.location)
        : c.html(errorPage(request.error), 400);
    }
    const session = currentSession(c, pool);
    if (session !== undefined && satisfies(session, request, pool)) {
      return c.redirect(codeRedirect(pool, session, request));
    }
    return c.redirect(
      request.prompt.includes("none") ? errorRedirect(request, "login_required") : `/login${search}`,
    );
  });
}
