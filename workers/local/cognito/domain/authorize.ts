import { Hono } from "hono";
import type { Pool } from "../pool.ts";
import { errorRedirect, readAuthorizeRequest } from "./authorize-request.ts";
import { answerFromSession, currentSession, satisfies } from "./browser-session.ts";
import { refused } from "./refused.ts";

/** `GET /oauth2/authorize` (reference 2.1): straight back to the app with a session, to the login page without. */
export function authorizeRoute(pool: Pool): Hono {
  return new Hono().get("/oauth2/authorize", async (c) => {
    const { search, searchParams } = new URL(c.req.url);
    const request = readAuthorizeRequest(pool, searchParams);
    if ("kind" in request) {
      return refused(c, request);
    }
    const session = currentSession(c, pool);
    if (session !== undefined && satisfies(session, request, pool)) {
      return c.redirect(await answerFromSession(pool, session, request));
    }
    if (request.prompt.includes("none")) {
      return c.redirect(errorRedirect(request, "login_required"));
    }
    return c.redirect(request.provider === undefined ? `/login${search}` : `/federate${search}`);
  });
}
