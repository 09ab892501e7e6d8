import type { AppClient } from "../clients.ts";
import { startLineage } from "../lineage.ts";
import { nowSeconds, type Pool } from "../pool.ts";
import { API_SCOPE } from "../scopes.ts";
import { type MintedTokens, mintTokens } from "../tokens.ts";
import { postAuthentication } from "../triggers/plain.ts";
import { generateTokens, type TokenGenerationSource } from "../triggers/token-generation.ts";
import { type ApiError, type ApiOutcome, USER_NOT_FOUND } from "../user-pool-api/errors.ts";
import type { User } from "../users.ts";

/** What a flow knows about the call it serves. */
export interface SignInCall {
  readonly pool: Pool;
  readonly client: AppClient;
  readonly clientMetadata: Readonly<Record<string, string>> | undefined;
}

/** Why this user may not sign in, though who they are has been shown. */
export function standingProblem(user: User): ApiError | undefined {
  if (!user.enabled) {
    return { error: "NotAuthorizedException", message: "User is disabled." };
  }
  switch (user.status) {
    case "UNCONFIRMED":
      return { error: "UserNotConfirmedException", message: "User is not confirmed." };
    case "RESET_REQUIRED":
      return { error: "PasswordResetRequiredException", message: "Password reset required for the user" };
    case "EXTERNAL_PROVIDER":
      return USER_NOT_FOUND;
    case "CONFIRMED":
    case "FORCE_CHANGE_PASSWORD":
      return undefined;
    default:
      return user.status satisfies never;
  }
}

/** Ends a sign-in through the API: PostAuthentication, PreTokenGeneration, tokens. `auth_time` is now. */
export async function completeSignIn(
  call: SignInCall & { readonly user: User; readonly source?: TokenGenerationSource },
): Promise<ApiOutcome> {
  const { pool, client, user, clientMetadata, source = "TokenGeneration_Authentication" } = call;
  const refused = await postAuthentication(pool, user, client.clientId, clientMetadata);
  if (refused !== undefined) {
    return refused;
  }
  const scopes = [API_SCOPE];
  const generated = await generateTokens(pool, { client, user, scopes, source, clientMetadata });
  if ("error" in generated) {
    return generated;
  }
  const { lineage, refreshToken } = startLineage(pool, client, {
    userSub: user.sub,
    authTimeSeconds: nowSeconds(pool),
    scopes,
    origin: "api",
  });
  const minted = await mintTokens(pool, { client, user, lineage, overrides: generated.overrides });
  return authenticationResult(minted, refreshToken);
}

/** The answer that carries tokens. */
export function authenticationResult(minted: MintedTokens, refreshToken: string | undefined): ApiOutcome {
  const { accessToken, idToken, expiresInSeconds } = minted;
  return {
    body: {
      AuthenticationResult: {
        AccessToken: accessToken,
        ...(idToken === undefined ? {} : { IdToken: idToken }),
        ...(refreshToken === undefined ? {} : { RefreshToken: refreshToken }),
        ExpiresIn: expiresInSeconds,
        TokenType: "Bearer",
      },
      ChallengeParameters: {},
    },
  };
}
