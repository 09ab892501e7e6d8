import type { Context } from "hono";
import type { Pool } from "../pool.ts";

/** Why a request of the app client is refused before it is looked at. */
export type ClientError = "invalid_request" | "invalid_client";

/** The form of a request by the public app client: `client_id` in the body, no secret, no parameter twice. */
export async function readClientRequest(c: Context, pool: Pool): Promise<URLSearchParams | ClientError> {
  const type = (c.req.header("Content-Type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    return "invalid_request";
  }
  const params = new URLSearchParams(await c.req.text());
  if ([...params.keys()].some((name) => params.getAll(name).length > 1)) {
    return "invalid_request";
  }
  // The client has no secret, so whoever presents one is another client.
  if (c.req.header("Authorization") !== undefined || params.has("client_secret")) {
    return "invalid_client";
  }
  const clientId = params.get("client_id");
  if (clientId === null) {
    return "invalid_request";
  }
  return clientId === pool.clientId ? params : "invalid_client";
}
