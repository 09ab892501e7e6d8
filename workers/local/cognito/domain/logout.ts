import { Hono } from "hono";
import { errorPage } from "../pages/error.ts";
import type { Pool } from "../pool.ts";
import { readAuthorizeRequest } from "./authorize-request.ts";
import { endSession } from "./browser-session.ts";
import { refused } from "./refused.ts";

/**
 * `GET /logout` (reference 2.6): ends managed login's cookie, then goes to a registered sign-out address,
 * or to the sign-in page when the parameters are those of an authorize request. `logout_uri` wins over `redirect_uri`.
 */
export function logoutRoute(pool: Pool): Hono {
  return new Hono().get("/logout", (c) => {
    const { search, searchParams } = new URL(c.req.url);
    const client = pool.clients.get(searchParams.get("client_id") ?? "");
    if (client === undefined) {
      return c.html(errorPage("invalid_client"), 400);
    }
    const logoutUri = searchParams.get("logout_uri");
    if (logoutUri !== null) {
      if (!client.logoutUrls.includes(logoutUri)) {
        return c.html(errorPage("logout_mismatch"), 400);
      }
      endSession(c, pool);
      return c.redirect(logoutUri);
    }
    if (!searchParams.has("redirect_uri")) {
      return c.html(errorPage("logout_incomplete"), 400);
    }
    const request = readAuthorizeRequest(pool, searchParams);
    if ("kind" in request) {
      return refused(c, request);
    }
    endSession(c, pool);
    return c.redirect(`/login${search}`);
  });
}
