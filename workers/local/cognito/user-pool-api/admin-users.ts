import { randomInt } from "node:crypto";
import * as z from "zod";
import { sendCode } from "../accounts/codes.ts";
import {
  isAliasTaken,
  ALIAS_EXISTS,
  newUser,
  USERNAME_EXISTS,
  USERNAME_PATTERN,
} from "../accounts/register.ts";
import { attributeList, attributeProblem } from "../attributes.ts";
import { newCredential } from "../credential.ts";
import { passwordProblem } from "../password-policy.ts";
import type { Pool } from "../pool.ts";
import { preSignUp } from "../triggers/plain.ts";
import { hasVerified } from "../users.ts";
import { onPool, onUser, poolInput, userInput, userSummary } from "./admin-input.ts";
import type { ApiOutcome } from "./errors.ts";
import { asRecord, attributeTypes, textMap } from "./input.ts";
import { listUsers } from "./list-users.ts";
import type { Operation } from "./operation.ts";

const password = z.string().max(256);
const createInput = z.object({
  ...userInput,
  UserAttributes: attributeTypes.default([]),
  ValidationData: attributeTypes.optional(),
  TemporaryPassword: password.optional(),
  ForceAliasCreation: z.boolean().optional(),
  MessageAction: z.enum(["RESEND", "SUPPRESS"]).optional(),
  DesiredDeliveryMediums: z.array(z.enum(["SMS", "EMAIL"])).optional(),
  ClientMetadata: textMap.optional(),
});
const attributesInput = z.object({ ...userInput, UserAttributes: attributeTypes });
const namesInput = z.object({ ...userInput, UserAttributeNames: z.array(z.string()) });
const passwordInput = z.object({ ...userInput, Password: password, Permanent: z.boolean().default(false) });

/** Calls about users, for AWS credentials. */
export const ADMIN_USER_OPERATIONS: Readonly<Record<string, Operation>> = {
  AdminCreateUser: onPool(createInput, adminCreateUser),
  AdminGetUser: onUser(z.object(userInput), (_pool, _input, user) => ({
    body: { ...userSummary(user), UserAttributes: attributeList(user) },
  })),
  AdminDeleteUser: onUser(z.object(userInput), (pool, _input, user) => {
    pool.store.revokeAll(user);
    pool.store.users.delete(user.username.toLowerCase());
    return { body: {} };
  }),
  AdminConfirmSignUp: onUser(z.object(userInput), (pool, _input, user) => {
    if (user.status !== "UNCONFIRMED") {
      const message = `User cannot be confirmed. Current status is ${user.status}`;
      return { error: "NotAuthorizedException", message };
    }
    user.status = "CONFIRMED";
    user.modifiedAtMs = pool.now();
    return { body: {} };
  }),
  /** Tokens stay revoked after the user is enabled again (reference 3.2). */
  AdminDisableUser: onUser(z.object(userInput), (pool, _input, user) => {
    user.enabled = false;
    user.modifiedAtMs = pool.now();
    pool.store.revokeAll(user);
    return { body: {} };
  }),
  AdminEnableUser: onUser(z.object(userInput), (pool, _input, user) => {
    user.enabled = true;
    user.modifiedAtMs = pool.now();
    return { body: {} };
  }),
  AdminUpdateUserAttributes: onUser(attributesInput, (pool, input, user) => {
    const changes = asRecord(input.UserAttributes);
    const problem = attributeProblem(changes, undefined);
    if (problem?.kind === "invalid") {
      return { error: "InvalidParameterException", message: problem.message };
    }
    const isNewEmail = changes["email"] !== undefined && changes["email"] !== user.attributes["email"];
    const changed = {
      ...user,
      attributes: { ...user.attributes, ...(isNewEmail ? { email_verified: "false" } : {}), ...changes },
    };
    if (hasVerified(changed, "email") && isAliasTaken(pool, changed)) {
      return ALIAS_EXISTS;
    }
    user.attributes = changed.attributes;
    user.modifiedAtMs = pool.now();
    return { body: {} };
  }),
  AdminDeleteUserAttributes: onUser(namesInput, (pool, input, user) => {
    user.attributes = Object.fromEntries(
      Object.entries(user.attributes).filter(([name]) => !input.UserAttributeNames.includes(name)),
    );
    user.modifiedAtMs = pool.now();
    return { body: {} };
  }),
  AdminSetUserPassword: onUser(passwordInput, (pool, input, user) => {
    const weakness = passwordProblem(input.Password);
    if (weakness !== undefined) {
      return { error: "InvalidPasswordException", message: weakness };
    }
    user.credential = newCredential(pool.userPoolId, user.username, input.Password);
    user.status = input.Permanent ? "CONFIRMED" : "FORCE_CHANGE_PASSWORD";
    user.modifiedAtMs = pool.now();
    return { body: {} };
  }),
  AdminResetUserPassword: onUser(z.object(userInput), (pool, _input, user) => {
    user.status = "RESET_REQUIRED";
    user.modifiedAtMs = pool.now();
    sendCode(pool, user, "password");
    return { body: {} };
  }),
  ListUsers: listUsers(poolInput),
};

/** `AdminCreateUser`: the user gets a temporary password and must change it at the first sign-in. */
async function adminCreateUser(pool: Pool, input: z.output<typeof createInput>): Promise<ApiOutcome> {
  const { Username: username, ClientMetadata: clientMetadata } = input;
  const attributes = asRecord(input.UserAttributes);
  const temporary = input.TemporaryPassword ?? temporaryPassword();
  const problem = attributeProblem(attributes, undefined);
  if (!USERNAME_PATTERN.test(username) || problem?.kind === "invalid") {
    const message =
      problem?.kind === "invalid" ? problem.message : "Username should not contain white space.";
    return { error: "InvalidParameterException", message };
  }
  const weakness = passwordProblem(temporary);
  if (weakness !== undefined) {
    return { error: "InvalidPasswordException", message: weakness };
  }
  const existing = pool.store.users.get(username.toLowerCase());
  if (input.MessageAction === "RESEND") {
    if (existing?.status !== "FORCE_CHANGE_PASSWORD") {
      return existing === undefined
        ? { error: "UserNotFoundException", message: "User does not exist." }
        : {
            error: "UnsupportedUserStateException",
            message: "Resend not possible. User status is not FORCE_CHANGE_PASSWORD",
          };
    }
  } else if (existing !== undefined) {
    return { ...USERNAME_EXISTS, message: "User account already exists" };
  }
  const decision = await preSignUp(pool, {
    source: "AdminCreateUser",
    clientId: "CLIENT_ID_NOT_APPLICABLE",
    username,
    userAttributes: attributes,
    validationData: input.ValidationData === undefined ? undefined : asRecord(input.ValidationData),
    clientMetadata,
  });
  if ("error" in decision) {
    return decision;
  }
  const user = existing ?? newUser(pool, username, attributes, "FORCE_CHANGE_PASSWORD");
  if (hasVerified(user, "email") && isAliasTaken(pool, user)) {
    return ALIAS_EXISTS;
  }
  user.credential = newCredential(pool.userPoolId, username, temporary);
  pool.store.putUser(user);
  if (input.MessageAction !== "SUPPRESS") {
    pool.inbox.send({
      to: user.attributes["email"] ?? user.attributes["phone_number"] ?? username,
      username,
      subject: "Your temporary password",
      text: `Your username is ${username} and temporary password is ${temporary}`,
      code: temporary,
      sentAtMs: pool.now(),
    });
  }
  return { body: { User: { ...userSummary(user), Attributes: attributeList(user) } } };
}

/** One character of every kind that the policy asks for, and a number. */
function temporaryPassword(): string {
  return `Tmp-${randomInt(10_000_000, 100_000_000)}`;
}
