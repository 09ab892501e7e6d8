import type { AppClient } from "../clients.ts";
import { newCredential } from "../credential.ts";
import { passwordProblem } from "../password-policy.ts";
import type { Pool } from "../pool.ts";
import { postConfirmation } from "../triggers/plain.ts";
import { type ApiError, USER_NOT_FOUND } from "../user-pool-api/errors.ts";
import type { User } from "../users.ts";
import { type CodeDelivery, codeProblem, decoyDelivery, EXPIRED_CODE, sendCode } from "./codes.ts";
import { ALIAS_EXISTS, isAliasTaken } from "./register.ts";

type Metadata = Readonly<Record<string, string>> | undefined;

/** Confirms a sign-up with the code that was sent; PostConfirmation hears of it. */
export async function confirmSignUp(
  pool: Pool,
  client: AppClient,
  from: { readonly username: string; readonly code: string; readonly clientMetadata: Metadata },
): Promise<User | ApiError> {
  const user = pool.store.findUser(from.username);
  if (user === undefined) {
    return hides(client) ? EXPIRED_CODE : USER_NOT_FOUND;
  }
  if (user.status !== "UNCONFIRMED") {
    return {
      error: "NotAuthorizedException",
      message: `User cannot be confirmed. Current status is ${user.status}`,
    };
  }
  const problem = codeProblem(pool, user, "confirm", from.code);
  if (problem !== undefined) {
    return problem;
  }
  if (isAliasTaken(pool, user)) {
    return ALIAS_EXISTS;
  }
  user.status = "CONFIRMED";
  user.attributes["email_verified"] = "true";
  user.modifiedAtMs = pool.now();
  return (await postConfirmation(pool, "ConfirmSignUp", user, client.clientId, from.clientMetadata)) ?? user;
}

/** Sends the code of a sign-up once more. */
export function resendCode(pool: Pool, client: AppClient, username: string): CodeDelivery | ApiError {
  const user = pool.store.findUser(username);
  if (user === undefined) {
    return hides(client) ? decoyDelivery(username) : USER_NOT_FOUND;
  }
  return user.status === "UNCONFIRMED"
    ? sendCode(pool, user, "confirm")
    : { error: "InvalidParameterException", message: "User is already confirmed." };
}

/** Sends a code that allows a new password to be set. */
export function forgotPassword(pool: Pool, client: AppClient, username: string): CodeDelivery | ApiError {
  const user = pool.store.findUser(username);
  if (user === undefined) {
    return hides(client) ? decoyDelivery(username) : USER_NOT_FOUND;
  }
  if (!user.enabled) {
    return { error: "NotAuthorizedException", message: "User is disabled." };
  }
  if (user.status === "FORCE_CHANGE_PASSWORD" || user.credential === undefined) {
    return {
      error: "NotAuthorizedException",
      message: "User password cannot be reset in the current state.",
    };
  }
  return user.attributes["email_verified"] === "true"
    ? sendCode(pool, user, "password")
    : {
        error: "InvalidParameterException",
        message:
          "Cannot reset password for the user as there is no registered/verified email or phone_number",
      };
}

/** Sets a new password with the code that was sent. */
export async function confirmForgotPassword(
  pool: Pool,
  client: AppClient,
  from: {
    readonly username: string;
    readonly code: string;
    readonly password: string;
    readonly clientMetadata: Metadata;
  },
): Promise<User | ApiError> {
  const weakness = passwordProblem(from.password);
  if (weakness !== undefined) {
    return { error: "InvalidPasswordException", message: weakness };
  }
  const user = pool.store.findUser(from.username);
  if (user === undefined) {
    return hides(client) ? EXPIRED_CODE : USER_NOT_FOUND;
  }
  const problem = codeProblem(pool, user, "password", from.code);
  if (problem !== undefined) {
    return problem;
  }
  user.credential = newCredential(pool.userPoolId, user.username, from.password);
  user.status = "CONFIRMED";
  user.modifiedAtMs = pool.now();
  return (
    (await postConfirmation(pool, "ConfirmForgotPassword", user, client.clientId, from.clientMetadata)) ??
    user
  );
}

function hides(client: AppClient): boolean {
  return client.preventUserExistenceErrors === "ENABLED";
}
