import * as z from "zod/mini";
import { onFirstUse } from "../http/first-use.ts";
import { readBounded } from "../http/body.ts";
import { fail, ok, type Result } from "../http/result.ts";

/** The part of a user pool's API that needs no AWS credentials, and as whom it is called. */
export interface PoolClient {
  /** Such as `https://cognito-idp.eu-west-1.amazonaws.com`. */
  readonly apiUrl: string;
  readonly userPoolId: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
}

/** Why a call did not do what it was to. Cognito's words are not repeated: they name users. */
export type PoolProblem =
  /** A wrong password, an unknown user, a check that was not passed: told apart for nobody. */
  | { readonly reason: "not_authorized" }
  /** The `Session` was used, is too old, or is another user's. */
  | { readonly reason: "session_over" }
  /** The user must confirm, or choose a new password, by other means first. */
  | { readonly reason: "user_not_ready"; readonly error: string }
  /** There is a user of this name or address already. */
  | { readonly reason: "user_exists" }
  | { readonly reason: "throttled" }
  /** One of the pool's functions refused; its message, for those that speak to us. */
  | { readonly reason: "trigger_refused"; readonly message: string }
  /** Cognito or one of its functions did not answer, or not in a way that can be used. */
  | { readonly reason: "unavailable" }
  /** A call that can never succeed: the app client does not allow the flow, the pool has no triggers. */
  | { readonly reason: "misconfigured"; readonly error: string };

const errorSchema = onFirstUse(() => z.object({ __type: z.string(), message: z.optional(z.string()) }));
const MAX_ANSWER_BYTES = 256 * 1024;
/** Three triggers of at most four seconds would be more than anybody waits for. */
export const POOL_TIMEOUT_MS = 10_000;
const MAX_MESSAGE_CHARACTERS = 512;

/** Cognito's two spellings for a `Session` that is spent or too old (cognito.md 3.3: only the text tells them apart). */
const SESSION_TEXT = /invalid session|session is expired/i;

/**
 * Calls one operation (cognito.md 3): JSON in, JSON out, one deadline over everything, answers bounded. Nothing is
 * tried again: a `Session` is good for one answer, and a second InitiateAuth would start a second challenge.
 */
export async function callPool(
  apiUrl: string,
  operation: string,
  input: Readonly<Record<string, unknown>>,
  fetchFunction: typeof fetch,
): Promise<Result<unknown, PoolProblem>> {
  let status: number;
  let body: unknown;
  try {
    const response = await fetchFunction(`${apiUrl}/`, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify(input),
      redirect: "manual",
      signal: AbortSignal.timeout(POOL_TIMEOUT_MS),
    });
    status = response.status;
    const bytes = await readBounded(response, MAX_ANSWER_BYTES);
    body = bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return fail({ reason: "unavailable" });
  }
  if (status === 200) {
    return ok(body);
  }
  const error = errorSchema().safeParse(body);
  return fail(
    status === 400 && error.success
      ? problemOf(error.data.__type, error.data.message ?? "")
      : { reason: "unavailable" },
  );
}

/** @param type may carry a prefix up to `#`. */
function problemOf(type: string, message: string): PoolProblem {
  const error = (type.split("#").at(-1) ?? "").replace(/[^A-Za-z]/g, "").slice(0, 64);
  switch (error) {
    case "NotAuthorizedException":
      return { reason: SESSION_TEXT.test(message) ? "session_over" : "not_authorized" };
    case "UserNotFoundException":
    case "CodeMismatchException":
      return { reason: "not_authorized" };
    case "ExpiredCodeException":
      return { reason: "session_over" };
    case "UserNotConfirmedException":
    case "PasswordResetRequiredException":
      return { reason: "user_not_ready", error };
    case "UsernameExistsException":
    case "AliasExistsException":
      return { reason: "user_exists" };
    case "TooManyRequestsException":
    case "TooManyFailedAttemptsException":
    case "LimitExceededException":
    case "ThrottlingException":
      return { reason: "throttled" };
    case "UserLambdaValidationException":
      return { reason: "trigger_refused", message: message.slice(0, MAX_MESSAGE_CHARACTERS) };
    case "UnexpectedLambdaException":
    case "InvalidLambdaResponseException":
    case "InternalErrorException":
      return { reason: "unavailable" };
    default:
      return { reason: "misconfigured", error };
  }
}
