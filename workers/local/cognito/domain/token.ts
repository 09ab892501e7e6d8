import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import { refreshableLineage, startLineage } from "../lineage.ts";
import type { Pool } from "../pool.ts";
import { mintTokens } from "../tokens.ts";
import { type ClientError, readClientRequest } from "./client-request.ts";

type TokenError = ClientError | "invalid_grant" | "unauthorized_client" | "unsupported_grant_type";

interface TokenAnswer {
  readonly access_token: string;
  readonly id_token?: string;
  readonly refresh_token?: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
}

/** `POST /oauth2/token` (reference 2.2): codes and refresh tokens of the public client. */
export function tokenRoute(pool: Pool): Hono {
  return new Hono().post("/oauth2/token", async (c: Context) => {
    const params = await readClientRequest(c, pool);
    const answer = typeof params === "string" ? params : await grant(pool, params);
    c.header("Cache-Control", "no-store");
    return typeof answer === "string" ? c.json({ error: answer }, 400) : c.json(answer);
  });
}

function grant(pool: Pool, params: URLSearchParams): Promise<TokenAnswer | TokenError> | TokenError {
  switch (params.get("grant_type")) {
    case "authorization_code":
      return redeemCode(pool, params);
    case "refresh_token":
      return refresh(pool, params);
    case "client_credentials":
      return "unauthorized_client";
    case null:
      return "invalid_request";
    default:
      return "unsupported_grant_type";
  }
}

async function redeemCode(pool: Pool, params: URLSearchParams): Promise<TokenAnswer | TokenError> {
  const code = params.get("code");
  const redirectUri = params.get("redirect_uri");
  if (code === null || redirectUri === null) {
    return "invalid_request";
  }
  const grant = pool.store.takeCode(code, pool.now());
  if (grant === undefined) {
    return "invalid_grant";
  }
  if (grant.redirectUri !== redirectUri) {
    return "unauthorized_client";
  }
  // A verifier without a challenge is ignored: Cognito has no protection against that downgrade.
  if (grant.codeChallenge !== undefined && grant.codeChallenge !== s256(params.get("code_verifier") ?? "")) {
    return "invalid_grant";
  }
  const { user, authTimeSeconds, scopes, nonce, resource } = grant;
  const lineage = startLineage(pool, {
    user,
    authTimeSeconds,
    scopes,
    origin: "domain",
    ...(resource === undefined ? {} : { resource }),
  });
  const { accessToken, idToken } = await mintTokens(pool, lineage, nonce);
  return {
    ...(idToken === undefined ? {} : { id_token: idToken }),
    access_token: accessToken,
    refresh_token: lineage.refreshToken,
    expires_in: pool.accessTokenSeconds,
    token_type: "Bearer",
  };
}

async function refresh(pool: Pool, params: URLSearchParams): Promise<TokenAnswer | TokenError> {
  const refreshToken = params.get("refresh_token");
  if (refreshToken === null) {
    return "invalid_request";
  }
  const lineage = refreshableLineage(pool, refreshToken);
  if (typeof lineage === "string") {
    return "invalid_grant";
  }
  const { accessToken, idToken } = await mintTokens(pool, lineage);
  return {
    ...(idToken === undefined ? {} : { id_token: idToken }),
    access_token: accessToken,
    expires_in: pool.accessTokenSeconds,
    token_type: "Bearer",
  };
}

/** RFC 7636 section 4.6. */
function s256(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}
