import type { MintedTokens } from "../tokens.ts";
import type { ClientError } from "./client-request.ts";

type ErrorCode =
  | ClientError
  | "invalid_grant"
  | "invalid_scope"
  | "unauthorized_client"
  | "unsupported_grant_type";

/** An error, with a description only where a trigger had something to say. */
export type TokenError = ErrorCode | { readonly error: ErrorCode; readonly error_description: string };

/** What `/oauth2/token` gives. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly id_token?: string;
  readonly refresh_token?: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
}

/** Puts tokens into the shape of the endpoint. */
export function tokenAnswer(
  { accessToken, idToken, expiresInSeconds }: MintedTokens,
  refreshToken: string | undefined,
): TokenAnswer {
  return {
    ...(idToken === undefined ? {} : { id_token: idToken }),
    access_token: accessToken,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    expires_in: expiresInSeconds,
    token_type: "Bearer",
  };
}

/** An error that says why. */
export function describedError(error: ErrorCode, description: string): TokenError {
  return { error, error_description: description };
}
