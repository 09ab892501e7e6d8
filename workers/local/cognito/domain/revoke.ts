import { type Context, Hono } from "hono";
import { isSignedToken, revokeLineageOf } from "../lineage.ts";
import type { Pool } from "../pool.ts";
import { readClientRequest } from "./client-request.ts";

/** `POST /oauth2/revoke` (reference 2.4): revokes a refresh token's lineage; unknown tokens are a success too. */
export function revokeRoute(pool: Pool): Hono {
  return new Hono().post("/oauth2/revoke", async (c: Context) => {
    const request = await readClientRequest(c, pool);
    if (typeof request === "string") {
      return c.json({ error: request }, request === "invalid_client" ? 401 : 400);
    }
    const token = request.params.get("token");
    if (token === null || token === "" || !request.client.tokenRevocation) {
      return c.json({ error: "invalid_request" }, 400);
    }
    if (isSignedToken(token)) {
      return c.json({ error: "unsupported_token_type" }, 400);
    }
    revokeLineageOf(pool, request.client, token);
    return c.body(null, 200);
  });
}
