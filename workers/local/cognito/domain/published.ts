import { type Context, Hono } from "hono";
import { issuerOf } from "../issuers.ts";
import type { Pool } from "../pool.ts";
import { CLIENT_SCOPES } from "../scopes.ts";

/**
 * The key set and the discovery document below both issuers (reference 1.1 and 1.2). Those of the UPDATED format
 * answer 403 until the pool has switched to it.
 */
export function publishedRoutes(pool: Pool): Hono {
  const routes = new Hono();
  for (const type of ["ORIGINAL", "UPDATED"] as const) {
    const served = issuerOf(pool, type, "local");
    const base = new URL(served).pathname;
    const guard = (c: Context, answer: () => unknown): Response =>
      type === "UPDATED" && pool.settings.issuerType !== type
        ? c.json({ message: "Forbidden" }, 403)
        : c.json(answer());

    routes.get(`${base}/.well-known/jwks.json`, (c) =>
      guard(c, () => ({ keys: pool.keys.published().map(({ jwk }) => jwk) })),
    );
    routes.get(`${base}/.well-known/openid-configuration`, (c) =>
      guard(c, () => discovery(pool, issuerOf(pool, type, pool.settings.issuerNames), served)),
    );
  }
  return routes;
}

function discovery(pool: Pool, issuer: string, served: string): unknown {
  return {
    issuer,
    jwks_uri: `${served}/.well-known/jwks.json`,
    authorization_endpoint: `${pool.publicDomain}/oauth2/authorize`,
    end_session_endpoint: `${pool.publicDomain}/logout`,
    token_endpoint: `${pool.domain}/oauth2/token`,
    userinfo_endpoint: `${pool.domain}/oauth2/userInfo`,
    revocation_endpoint: `${pool.domain}/oauth2/revoke`,
    response_types_supported: ["code", "token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    scopes_supported: CLIENT_SCOPES.filter((scope) => !scope.startsWith("aws.")),
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
  };
}
