import { type Context, Hono } from "hono";
import type { Pool } from "../pool.ts";
import { shows } from "../scopes.ts";
import { readAccessToken } from "../tokens.ts";

const BEARER = /^Bearer +([^\s,]+)$/i;

/** `GET` and `POST /oauth2/userInfo` (reference 2.5): the attributes of a living token with `openid`; flags are strings. */
export function userInfoRoute(pool: Pool): Hono {
  return new Hono().on(["GET", "POST"], "/oauth2/userInfo", async (c: Context) => {
    c.header("Cache-Control", "no-store");
    const token = BEARER.exec(c.req.header("Authorization") ?? "")?.[1];
    if (token === undefined) {
      return refuse(c, 400, "invalid_request", "Send one access token as a bearer token.");
    }
    const living = await readAccessToken(pool, token);
    if (typeof living === "string") {
      return refuse(c, 401, "invalid_token", `The access token is ${living}.`);
    }
    if (!living.scopes.includes("openid")) {
      return refuse(c, 401, "invalid_token", "The access token does not have the openid scope.");
    }
    const { user, scopes } = living;
    const shown = Object.entries(user.attributes).filter(([name]) => shows(scopes, name));
    const { identities } = user;
    return c.json({
      sub: user.sub,
      ...(identities === undefined ? {} : { identities: JSON.stringify(identities) }),
      ...Object.fromEntries(shown),
      username: user.username,
    });
  });
}

function refuse(c: Context, status: 400 | 401, error: string, description: string): Response {
  c.header("WWW-Authenticate", `error="${error}", error_description="${description}"`);
  return c.json({ error, error_description: description }, status);
}
