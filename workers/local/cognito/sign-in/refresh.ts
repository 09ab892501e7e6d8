import { type RefreshProblem, useRefreshToken } from "../lineage.ts";
import { mintTokens } from "../tokens.ts";
import { generateTokens } from "../triggers/token-generation.ts";
import type { ApiError, ApiOutcome } from "../user-pool-api/errors.ts";
import { authenticationResult, type SignInCall } from "./complete.ts";

/** Real clients tell these apart by their text (reference 3.3). */
const FAILURES: Readonly<Record<RefreshProblem, ApiError>> = {
  unknown: { error: "NotAuthorizedException", message: "Invalid Refresh Token." },
  revoked: { error: "NotAuthorizedException", message: "Refresh Token has been revoked" },
  expired: { error: "NotAuthorizedException", message: "Refresh Token has expired" },
  disabled: { error: "NotAuthorizedException", message: "User is disabled." },
  deleted: { error: "NotAuthorizedException", message: "User has been deleted." },
  reused: { error: "RefreshTokenReuseException", message: "Refresh token has already been used" },
};

/** New tokens for a refresh token; only PreTokenGeneration runs, not the triggers of a sign-in (reference 4). */
export async function refreshTokens(call: SignInCall, refreshToken: string): Promise<ApiOutcome> {
  const { pool, client, clientMetadata } = call;
  const refresh = useRefreshToken(pool, client, refreshToken, true);
  if (typeof refresh === "string") {
    return FAILURES[refresh];
  }
  const { lineage, user } = refresh;
  const generated = await generateTokens(pool, {
    client,
    user,
    scopes: lineage.scopes,
    source: "TokenGeneration_RefreshTokens",
    clientMetadata: pool.settings.refreshMetadataReachesTriggers ? clientMetadata : undefined,
  });
  if ("error" in generated) {
    return generated;
  }
  const minted = await mintTokens(pool, { client, user, lineage, overrides: generated.overrides });
  return authenticationResult(minted, refresh.refreshToken);
}
