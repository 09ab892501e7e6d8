import * as z from "zod";
import { type AppClient, isSecretOf } from "../clients.ts";
import { isSignedToken, revokeLineageOf } from "../lineage.ts";
import type { Pool } from "../pool.ts";
import { refreshTokens } from "../sign-in/refresh.ts";
import { type ApiError, type ApiOutcome, unknownClient } from "./errors.ts";
import { textMap } from "./input.ts";
import { openOperation, type Operation } from "./operation.ts";

const refreshInput = z.object({
  RefreshToken: z.string().min(1),
  ClientId: z.string(),
  ClientSecret: z.string().optional(),
  ClientMetadata: textMap.optional(),
});

const revokeInput = z.object({
  Token: z.string().min(1),
  ClientId: z.string(),
  ClientSecret: z.string().optional(),
  RevokeAssociatedSessions: z.enum(["NONE", "LINKED"]).optional(),
});

/** Calls that take a refresh token and, for a client that has one, the plain secret (reference 3.1). */
export const TOKEN_OPERATIONS: Readonly<Record<string, Operation>> = {
  GetTokensFromRefreshToken: openOperation(refreshInput, getTokensFromRefreshToken),
  RevokeToken: openOperation(revokeInput, revokeToken),
};

/** `GetTokensFromRefreshToken`: the call for rotating clients, and for others too. */
async function getTokensFromRefreshToken(
  pool: Pool,
  input: z.output<typeof refreshInput>,
): Promise<ApiOutcome> {
  const client = clientBySecret(pool, input);
  if ("error" in client) {
    return client;
  }
  const call = { pool, client, clientMetadata: input.ClientMetadata };
  const outcome = await refreshTokens(call, input.RefreshToken);
  return "error" in outcome
    ? outcome
    : { body: { AuthenticationResult: outcome.body["AuthenticationResult"] } };
}

/** `RevokeToken`: revokes a refresh token's lineage; unknown tokens are a success too. */
function revokeToken(pool: Pool, input: z.output<typeof revokeInput>): ApiOutcome {
  const client = clientBySecret(pool, input);
  if ("error" in client) {
    return client.error === "NotAuthorizedException"
      ? { error: "UnauthorizedException", message: client.message }
      : client;
  }
  if (!client.tokenRevocation) {
    return {
      error: "UnsupportedOperationException",
      message: "Token revocation is not enabled for the client.",
    };
  }
  if (isSignedToken(input.Token)) {
    return { error: "UnsupportedTokenTypeException", message: "Only refresh tokens can be revoked." };
  }
  revokeLineageOf(pool, client, input.Token);
  return { body: {} };
}

function clientBySecret(
  pool: Pool,
  { ClientId, ClientSecret }: { readonly ClientId: string; readonly ClientSecret?: string | undefined },
): AppClient | ApiError {
  const client = pool.clients.get(ClientId);
  if (client === undefined) {
    return unknownClient(ClientId);
  }
  const isProven =
    client.clientSecret === undefined
      ? ClientSecret === undefined
      : ClientSecret !== undefined && isSecretOf(client, ClientSecret);
  return isProven ? client : { error: "NotAuthorizedException", message: "Invalid client secret." };
}
