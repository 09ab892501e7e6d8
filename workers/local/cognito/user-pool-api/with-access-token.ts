import * as z from "zod";
import type { Pool } from "../pool.ts";
import { API_SCOPE } from "../scopes.ts";
import type { Lineage } from "../store.ts";
import { readAccessToken } from "../tokens.ts";
import type { ApiError, ApiOutcome } from "./errors.ts";

/** The input of calls that a signed-in user makes. */
export const accessTokenInput = z.object({ AccessToken: z.string() });
type AccessTokenInput = z.infer<typeof accessTokenInput>;

const FAILURES = {
  invalid: "Invalid Access Token",
  expired: "Access Token has expired",
  revoked: "Access Token has been revoked",
} as const;

/** `GetUser`: the attributes of the token's user; also how to ask whether an API token was revoked. */
export async function getUser(pool: Pool, input: AccessTokenInput): Promise<ApiOutcome> {
  const lineage = await callerOf(pool, input);
  if ("error" in lineage) {
    return lineage;
  }
  const { sub, email, name, username } = lineage.user;
  const attributes = { email, email_verified: "true", name, sub };
  return {
    body: {
      Username: username,
      UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    },
  };
}

/** `GlobalSignOut`: revokes every lineage of the token's user; managed login's cookie stays (reference 3.4). */
export async function globalSignOut(pool: Pool, input: AccessTokenInput): Promise<ApiOutcome> {
  const lineage = await callerOf(pool, input);
  if ("error" in lineage) {
    return lineage;
  }
  pool.store.revokeAll(lineage.user);
  return { body: {} };
}

async function callerOf(pool: Pool, input: AccessTokenInput): Promise<Lineage | ApiError> {
  const lineage = await readAccessToken(pool, input.AccessToken);
  if (typeof lineage === "string") {
    return { error: "NotAuthorizedException", message: FAILURES[lineage] };
  }
  return lineage.scopes.includes(API_SCOPE)
    ? lineage
    : { error: "NotAuthorizedException", message: "Access Token does not have required scopes" };
}
