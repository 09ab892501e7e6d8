import { randomUUID } from "node:crypto";
import { attributeProblem } from "../attributes.ts";
import type { AppClient } from "../clients.ts";
import { newCredential } from "../credential.ts";
import { passwordProblem } from "../password-policy.ts";
import type { Pool } from "../pool.ts";
import { preSignUp } from "../triggers/plain.ts";
import type { ApiError } from "../user-pool-api/errors.ts";
import { hasVerified, type User } from "../users.ts";
import { type CodeDelivery, sendCode } from "./codes.ts";

/** A username: no white space, and not the shape of an e-mail address's alias of somebody else. */
export const USERNAME_PATTERN = /^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$/u;

type Metadata = Readonly<Record<string, string>> | undefined;

/** What somebody who signs up hands in. */
export interface Registration {
  readonly username: string;
  readonly password: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly validationData: Metadata;
  readonly clientMetadata: Metadata;
}

/** Signs a person up: PreSignUp decides whether a code is needed. */
export async function register(
  pool: Pool,
  client: AppClient,
  { username, password, attributes, validationData, clientMetadata }: Registration,
): Promise<{ readonly user: User; readonly delivery?: CodeDelivery } | ApiError> {
  if (!pool.settings.selfSignUp) {
    return { error: "NotAuthorizedException", message: "SignUp is not permitted for this user pool" };
  }
  const problem = registrationProblem(pool, client, username, password, attributes);
  if (problem !== undefined) {
    return problem;
  }
  const about = { source: "SignUp", clientId: client.clientId, username } as const;
  const decision = await preSignUp(pool, {
    ...about,
    userAttributes: attributes,
    validationData,
    clientMetadata,
  });
  if ("error" in decision) {
    return decision;
  }
  if (pool.store.users.has(username.toLowerCase())) {
    return USERNAME_EXISTS;
  }
  const user = newUser(pool, username, attributes, decision.autoConfirmUser ? "CONFIRMED" : "UNCONFIRMED");
  user.credential = newCredential(pool.userPoolId, username, password);
  if (decision.autoVerifyEmail) {
    user.attributes["email_verified"] = "true";
  }
  if (decision.autoVerifyPhone) {
    user.attributes["phone_number_verified"] = "true";
  }
  pool.store.putUser(user);
  return decision.autoConfirmUser ? { user } : { user, delivery: sendCode(pool, user, "confirm") };
}

/** A user with nothing verified yet. */
export function newUser(
  pool: Pool,
  username: string,
  attributes: Readonly<Record<string, string>>,
  status: User["status"],
): User {
  const flags = Object.keys(attributes)
    .filter((name) => name === "email" || name === "phone_number")
    .map((name) => [`${name}_verified`, "false"]);
  return {
    username,
    sub: randomUUID(),
    attributes: { ...Object.fromEntries(flags), ...attributes },
    enabled: true,
    status,
    groups: [],
    createdAtMs: pool.now(),
    modifiedAtMs: pool.now(),
  };
}

/** Whether somebody else has already verified this user's e-mail address, which signs in by it. */
export function isAliasTaken(pool: Pool, user: User): boolean {
  const email = user.attributes["email"]?.toLowerCase();
  return [...pool.store.users.values()].some(
    (other) =>
      other.sub !== user.sub &&
      hasVerified(other, "email") &&
      other.attributes["email"]?.toLowerCase() === email,
  );
}

export const USERNAME_EXISTS: ApiError = { error: "UsernameExistsException", message: "User already exists" };

export const ALIAS_EXISTS: ApiError = {
  error: "AliasExistsException",
  message: "An account with the email already exists.",
};

function registrationProblem(
  pool: Pool,
  client: AppClient,
  username: string,
  password: string,
  attributes: Readonly<Record<string, string>>,
): ApiError | undefined {
  if (!USERNAME_PATTERN.test(username)) {
    return { error: "InvalidParameterException", message: "Username should not contain white space." };
  }
  if (attributes["email"] === undefined) {
    return {
      error: "InvalidParameterException",
      message: "Attributes did not conform to the schema: email: The attribute is required",
    };
  }
  const problem = attributeProblem(attributes, client);
  if (problem !== undefined) {
    return problem.kind === "invalid"
      ? { error: "InvalidParameterException", message: problem.message }
      : UNAUTHORIZED_ATTRIBUTE;
  }
  if (pool.store.users.has(username.toLowerCase())) {
    return USERNAME_EXISTS;
  }
  const weakness = passwordProblem(password);
  return weakness === undefined ? undefined : { error: "InvalidPasswordException", message: weakness };
}

export const UNAUTHORIZED_ATTRIBUTE: ApiError = {
  error: "NotAuthorizedException",
  message: "A client attempted to write unauthorized attribute",
};
