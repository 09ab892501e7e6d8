import * as z from "zod";
import { codeProblem, sendCode } from "../accounts/codes.ts";
import { ALIAS_EXISTS, isAliasTaken, UNAUTHORIZED_ATTRIBUTE } from "../accounts/register.ts";
import { attributeList, attributeProblem } from "../attributes.ts";
import { matches, newCredential } from "../credential.ts";
import { passwordProblem } from "../password-policy.ts";
import type { Pool } from "../pool.ts";
import { API_SCOPE } from "../scopes.ts";
import { type LivingToken, readAccessToken } from "../tokens.ts";
import { type ApiError, type ApiOutcome, WRONG_PASSWORD } from "./errors.ts";
import { asRecord, attributeTypes } from "./input.ts";
import { openOperation, type Operation } from "./operation.ts";

const base = { AccessToken: z.string() };
const updateInput = z.object({ ...base, UserAttributes: attributeTypes.min(1) });
const verifyInput = z.object({
  ...base,
  AttributeName: z.literal("email"),
  Code: z.string().min(1).max(2048),
});
const changeInput = z.object({
  ...base,
  PreviousPassword: z.string().max(256),
  ProposedPassword: z.string().max(256),
});

const FAILURES = {
  invalid: "Invalid Access Token",
  expired: "Access Token has expired",
  revoked: "Access Token has been revoked",
} as const;

/** Calls of a person who is signed in: an access token with the API's scope (reference 3.1). */
export const SIGNED_IN_OPERATIONS: Readonly<Record<string, Operation>> = {
  GetUser: signedIn(z.object(base), (_pool, { user }) => ({
    body: { Username: user.username, UserAttributes: attributeList(user) },
  })),
  GlobalSignOut: signedIn(z.object(base), (pool, { user }) => {
    pool.store.revokeAll(user);
    return { body: {} };
  }),
  UpdateUserAttributes: signedIn(updateInput, updateUserAttributes),
  VerifyUserAttribute: signedIn(verifyInput, (pool, { user }, { Code }) => {
    const problem = codeProblem(pool, user, "email", Code);
    if (problem !== undefined || isAliasTaken(pool, user)) {
      return problem ?? ALIAS_EXISTS;
    }
    user.attributes["email_verified"] = "true";
    user.modifiedAtMs = pool.now();
    return { body: {} };
  }),
  ChangePassword: signedIn(changeInput, changePassword),
  DeleteUser: signedIn(z.object(base), (pool, { user }) => {
    pool.store.revokeAll(user);
    pool.store.users.delete(user.username.toLowerCase());
    return { body: {} };
  }),
};

/** `UpdateUserAttributes`: a changed e-mail address is unverified until the code that goes to it comes back. */
function updateUserAttributes(
  pool: Pool,
  { user, lineage }: LivingToken,
  input: z.output<typeof updateInput>,
): ApiOutcome {
  const changes = asRecord(input.UserAttributes);
  const problem = attributeProblem(changes, pool.clients.get(lineage.clientId));
  if (problem !== undefined) {
    return problem.kind === "invalid"
      ? { error: "InvalidParameterException", message: problem.message }
      : UNAUTHORIZED_ATTRIBUTE;
  }
  const isNewEmail = changes["email"] !== undefined && changes["email"] !== user.attributes["email"];
  user.attributes = { ...user.attributes, ...changes, ...(isNewEmail ? { email_verified: "false" } : {}) };
  user.modifiedAtMs = pool.now();
  return { body: { CodeDeliveryDetailsList: isNewEmail ? [sendCode(pool, user, "email")] : [] } };
}

function changePassword(
  pool: Pool,
  { user }: LivingToken,
  { PreviousPassword: previous, ProposedPassword: proposed }: z.output<typeof changeInput>,
): ApiOutcome {
  if (user.credential === undefined || !matches(pool.userPoolId, user.username, previous, user.credential)) {
    return WRONG_PASSWORD;
  }
  const weakness = passwordProblem(proposed);
  if (weakness !== undefined) {
    return { error: "InvalidPasswordException", message: weakness };
  }
  user.credential = newCredential(pool.userPoolId, user.username, proposed);
  user.modifiedAtMs = pool.now();
  return { body: {} };
}

function signedIn<Input extends z.ZodType<{ AccessToken: string }>>(
  schema: Input,
  run: (pool: Pool, caller: LivingToken, input: z.output<Input>) => ApiOutcome,
): Operation {
  return openOperation(schema, async (pool, input) => {
    const caller = await callerOf(pool, input.AccessToken);
    return "error" in caller ? caller : run(pool, caller, input);
  });
}

async function callerOf(pool: Pool, token: string): Promise<LivingToken | ApiError> {
  const living = await readAccessToken(pool, token);
  if (typeof living === "string") {
    return { error: "NotAuthorizedException", message: FAILURES[living] };
  }
  return living.scopes.includes(API_SCOPE)
    ? living
    : { error: "NotAuthorizedException", message: "Access Token does not have required scopes" };
}
