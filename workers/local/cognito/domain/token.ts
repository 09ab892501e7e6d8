import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import type { AppClient } from "../clients.ts";
import { startLineage, useRefreshToken } from "../lineage.ts";
import type { Pool } from "../pool.ts";
import { mintTokens } from "../tokens.ts";
import { generateTokens } from "../triggers/token-generation.ts";
import { type ClientRequest, readClientRequest } from "./client-request.ts";
import { clientCredentials } from "./client-credentials.ts";
import { describedError, tokenAnswer, type TokenAnswer, type TokenError } from "./token-answer.ts";

/** `POST /oauth2/token` (reference 2.2): codes, refresh tokens and the credentials of machines. */
export function tokenRoute(pool: Pool): Hono {
  return new Hono().post("/oauth2/token", async (c: Context) => {
    const request = await readClientRequest(c, pool);
    const answer = typeof request === "string" ? request : await grant(pool, request);
    c.header("Cache-Control", "no-store");
    if (typeof answer === "string") {
      return c.json({ error: answer }, answer === "invalid_client" ? pool.settings.invalidClientStatus : 400);
    }
    return "error" in answer ? c.json(answer, 400) : c.json(answer);
  });
}

function grant(
  pool: Pool,
  { client, params }: ClientRequest,
): Promise<TokenAnswer | TokenError> | TokenError {
  switch (params.get("grant_type")) {
    case "authorization_code":
      return redeemCode(pool, client, params);
    case "refresh_token":
      return refresh(pool, client, params);
    case "client_credentials":
      return clientCredentials(pool, client, params);
    case null:
      return "invalid_request";
    default:
      return "unsupported_grant_type";
  }
}

async function redeemCode(
  pool: Pool,
  client: AppClient,
  params: URLSearchParams,
): Promise<TokenAnswer | TokenError> {
  const code = params.get("code");
  const redirectUri = params.get("redirect_uri");
  if (code === null || redirectUri === null) {
    return "invalid_request";
  }
  const grant = pool.store.takeCode(code, pool.now());
  const user = grant === undefined ? undefined : pool.store.userBySub(grant.userSub);
  if (grant === undefined || user?.enabled !== true || grant.clientId !== client.clientId) {
    return "invalid_grant";
  }
  if (grant.redirectUri !== redirectUri) {
    return "unauthorized_client";
  }
  // A verifier without a challenge is ignored: Cognito has no protection against that downgrade.
  if (grant.codeChallenge !== undefined && grant.codeChallenge !== s256(params.get("code_verifier") ?? "")) {
    return "invalid_grant";
  }
  const { userSub, authTimeSeconds, scopes, nonce, resource, overrides } = grant;
  const { lineage, refreshToken } = startLineage(pool, client, {
    userSub,
    authTimeSeconds,
    scopes,
    origin: "domain",
    ...(resource === undefined ? {} : { resource }),
  });
  return tokenAnswer(await mintTokens(pool, { client, user, lineage, nonce, overrides }), refreshToken);
}

async function refresh(
  pool: Pool,
  client: AppClient,
  params: URLSearchParams,
): Promise<TokenAnswer | TokenError> {
  const token = params.get("refresh_token");
  if (token === null) {
    return "invalid_request";
  }
  const { refreshScope, tokenEndpointRotates } = pool.settings;
  const wanted = (params.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  if (wanted.length > 0 && refreshScope === "refuse") {
    return "invalid_request";
  }
  const refreshed = useRefreshToken(pool, client, token, tokenEndpointRotates);
  if (typeof refreshed === "string") {
    return "invalid_grant";
  }
  const { lineage, user } = refreshed;
  const narrows = refreshScope === "narrow" && wanted.length > 0;
  if (narrows && !wanted.every((scope) => lineage.scopes.includes(scope))) {
    return "invalid_grant";
  }
  const scopes = narrows ? wanted : lineage.scopes;
  const generated = await generateTokens(pool, {
    client,
    user,
    scopes,
    source: "TokenGeneration_RefreshTokens",
    clientMetadata: undefined,
  });
  if ("error" in generated) {
    return describedError("invalid_grant", generated.message);
  }
  const minted = await mintTokens(pool, { client, user, lineage, scopes, overrides: generated.overrides });
  return tokenAnswer(minted, refreshed.refreshToken);
}

/** RFC 7636 section 4.6. */
function s256(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}
