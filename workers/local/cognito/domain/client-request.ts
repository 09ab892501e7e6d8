import type { Context } from "hono";
import { type AppClient, isSecretOf } from "../clients.ts";
import type { Pool } from "../pool.ts";

/** Why a request of an app client is refused before it is looked at. */
export type ClientError = "invalid_request" | "invalid_client";

/** A request whose client is known and has proven its secret, if it has one. */
export interface ClientRequest {
  readonly client: AppClient;
  readonly params: URLSearchParams;
}

/**
 * The form of a request by an app client (reference 2.2): no parameter twice, the client named in the body or by
 * Basic authentication, its secret in one place.
 */
export async function readClientRequest(c: Context, pool: Pool): Promise<ClientRequest | ClientError> {
  const type = (c.req.header("Content-Type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    return "invalid_request";
  }
  const params = new URLSearchParams(await c.req.text());
  if ([...params.keys()].some((name) => params.getAll(name).length > 1)) {
    return "invalid_request";
  }
  const authorization = c.req.header("Authorization");
  const named = params.get("client_id");
  if (authorization === undefined) {
    return named === null ? "invalid_request" : proven(pool, params, named, params.get("client_secret"));
  }
  const basic = readBasic(authorization);
  if (basic === undefined) {
    return "invalid_client";
  }
  const client = basic.ids.map((id) => pool.clients.get(id)).find((found) => found !== undefined);
  if (client === undefined || !basic.secrets.some((secret) => isSecretOf(client, secret))) {
    return "invalid_client";
  }
  const isNamedTwice = params.has("client_secret") || (named !== null && named !== client.clientId);
  return isNamedTwice ? "invalid_request" : { client, params };
}

function proven(
  pool: Pool,
  params: URLSearchParams,
  clientId: string,
  secret: string | null,
): ClientRequest | ClientError {
  const client = pool.clients.get(clientId);
  // Whoever presents a secret that the client does not have is another client.
  const isProven =
    client?.clientSecret === undefined ? secret === null : secret !== null && isSecretOf(client, secret);
  return client !== undefined && isProven ? { client, params } : "invalid_client";
}

/** Id and secret, as they are written and as RFC 6749 section 2.3.1 encodes them: clients do either. */
function readBasic(
  authorization: string,
): { readonly ids: readonly string[]; readonly secrets: readonly string[] } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? "", "base64").toString("utf8")) ?? [];
  if (id === undefined || secret === undefined) {
    return undefined;
  }
  return { ids: [id, formDecoded(id)], secrets: [secret, formDecoded(secret)] };
}

function formDecoded(text: string): string {
  return new URLSearchParams(`v=${text.replaceAll("&", "%26")}`).get("v") ?? text;
}
