import * as z from "zod";
import { refreshableLineage, startLineage } from "../lineage.ts";
import { authenticate, nowSeconds, type Pool } from "../pool.ts";
import { API_SCOPE } from "../scopes.ts";
import type { Lineage } from "../store.ts";
import { mintTokens } from "../tokens.ts";
import { type ApiOutcome, unknownClient } from "./errors.ts";

const AUTH_FLOWS = [
  "USER_PASSWORD_AUTH",
  "REFRESH_TOKEN_AUTH",
  "REFRESH_TOKEN",
  "USER_SRP_AUTH",
  "CUSTOM_AUTH",
  "USER_AUTH",
  "ADMIN_NO_SRP_AUTH",
  "ADMIN_USER_PASSWORD_AUTH",
] as const;

/** The input of `InitiateAuth`; members that the stand-in does not use are let through. */
export const initiateAuthInput = z.object({
  AuthFlow: z.enum(AUTH_FLOWS),
  ClientId: z.string(),
  AuthParameters: z.record(z.string(), z.string()).default({}),
});

const REFRESH_FAILURES = {
  unknown: "Invalid Refresh Token.",
  revoked: "Refresh Token has been revoked",
  expired: "Refresh Token has expired",
} as const;

/** `InitiateAuth`: by password, and by refresh token (reference 3.2). */
export async function initiateAuth(
  pool: Pool,
  input: z.infer<typeof initiateAuthInput>,
): Promise<ApiOutcome> {
  if (input.ClientId !== pool.clientId) {
    return unknownClient(input.ClientId);
  }
  switch (input.AuthFlow) {
    case "USER_PASSWORD_AUTH":
      return signIn(pool, input.AuthParameters);
    case "REFRESH_TOKEN_AUTH":
    case "REFRESH_TOKEN":
      return refresh(pool, input.AuthParameters);
    default:
      return {
        error: "InvalidParameterException",
        message: `${input.AuthFlow} is not enabled for the client.`,
      };
  }
}

async function signIn(pool: Pool, parameters: Readonly<Record<string, string>>): Promise<ApiOutcome> {
  const { USERNAME: username, PASSWORD: password } = parameters;
  if (username === undefined || password === undefined) {
    const missing = username === undefined ? "USERNAME" : "PASSWORD";
    return { error: "InvalidParameterException", message: `Missing required parameter ${missing}` };
  }
  const user = authenticate(pool, username, password);
  if (user === undefined) {
    return { error: "NotAuthorizedException", message: "Incorrect username or password." };
  }
  const lineage = startLineage(pool, {
    user,
    authTimeSeconds: nowSeconds(pool),
    scopes: [API_SCOPE],
    origin: "api",
  });
  return result(pool, lineage, { RefreshToken: lineage.refreshToken });
}

async function refresh(pool: Pool, parameters: Readonly<Record<string, string>>): Promise<ApiOutcome> {
  const { REFRESH_TOKEN: refreshToken } = parameters;
  if (refreshToken === undefined) {
    return { error: "InvalidParameterException", message: "Missing required parameter REFRESH_TOKEN" };
  }
  const lineage = refreshableLineage(pool, refreshToken);
  return typeof lineage === "string"
    ? { error: "NotAuthorizedException", message: REFRESH_FAILURES[lineage] }
    : result(pool, lineage, {});
}

async function result(
  pool: Pool,
  lineage: Lineage,
  extra: { readonly RefreshToken?: string },
): Promise<ApiOutcome> {
  const { accessToken, idToken } = await mintTokens(pool, lineage);
  return {
    body: {
      AuthenticationResult: {
        AccessToken: accessToken,
        ...(idToken === undefined ? {} : { IdToken: idToken }),
        ...extra,
        ExpiresIn: pool.accessTokenSeconds,
        TokenType: "Bearer",
      },
      ChallengeParameters: {},
    },
  };
}
