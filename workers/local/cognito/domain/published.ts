import { Hono } from "hono";
import type { Pool } from "../pool.ts";
import { CLIENT_SCOPES } from "../scopes.ts";

/** The key set and the discovery document below the issuer (reference 1.1 and 1.2). */
export function publishedRoutes(pool: Pool): Hono {
  const routes = new Hono();

  routes.get(`/${pool.userPoolId}/.well-known/jwks.json`, (c) =>
    c.json({ keys: pool.keys.published().map(({ jwk }) => jwk) }),
  );

  routes.get(`/${pool.userPoolId}/.well-known/openid-configuration`, (c) =>
    c.json({
      issuer: pool.issuer,
      jwks_uri: `${pool.issuer}/.well-known/jwks.json`,
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
    }),
  );

  return routes;
}
