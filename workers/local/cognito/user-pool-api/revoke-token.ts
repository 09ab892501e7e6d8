import * as z from "zod";
import { isSignedToken } from "../lineage.ts";
import type { Pool } from "../pool.ts";
import { type ApiOutcome, unknownClient } from "./errors.ts";

/** The input of `RevokeToken`. */
export const revokeTokenInput = z.object({ Token: z.string(), ClientId: z.string() });

/** `RevokeToken`: revokes a refresh token's lineage; unknown tokens are a success too. */
export async function revokeToken(pool: Pool, input: z.infer<typeof revokeTokenInput>): Promise<ApiOutcome> {
  if (input.ClientId !== pool.clientId) {
    return unknownClient(input.ClientId);
  }
  if (isSignedToken(input.Token)) {
    return { error: "UnsupportedTokenTypeException", message: "Only refresh tokens can be revoked." };
  }
  const lineage = pool.store.lineageByRefreshToken(input.Token);
  if (lineage !== undefined) {
    lineage.revoked = true;
  }
  return { body: {} };
}
