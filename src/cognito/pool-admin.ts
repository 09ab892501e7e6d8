import * as z from "zod/mini";
import { ok, type Result } from "../http/result.ts";
import { optionalText, type ConfigProblem } from "../http/settings.ts";
import { fail } from "../http/result.ts";
import { signedFetch, type AwsCredentials } from "./signed-fetch.ts";
import { callPool, type PoolProblem } from "./user-pool-api.ts";

/** Addresses that were proven elsewhere. */
export interface VerifiedContacts {
  readonly email?: string | undefined;
  /** E.164. */
  readonly phoneNumber?: string | undefined;
}

/** What needs AWS credentials. */
export interface PoolAdmin {
  /** Writes addresses into the pool, as verified. */
  writeVerified(username: string, contacts: VerifiedContacts): Promise<Result<void, PoolProblem>>;
}

/** The pool, and who acts on it. */
export interface PoolAdminOptions extends AwsCredentials {
  readonly apiUrl: string;
  readonly userPoolId: string;
}

/** The settings of these credentials; absent, nothing that needs them is offered. */
export const poolAdminSettings = {
  AWS_ACCESS_KEY_ID: optionalText,
  AWS_SECRET_ACCESS_KEY: optionalText,
};
const parsed = z.object(poolAdminSettings);

/** The credentials, both or neither. */
export function credentialsOf({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
}: z.infer<typeof parsed>): Result<AwsCredentials | undefined, ConfigProblem> {
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return ok({ accessKeyId, secretAccessKey });
  }
  if (accessKeyId === undefined && secretAccessKey === undefined) {
    return ok(undefined);
  }
  const setting = accessKeyId === undefined ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY";
  return fail({ setting, fix: "must be set together with the other half of the credential, or both absent" });
}

/**
 * The pool's API with AWS credentials. A user's own access token can write an address too, but not that it is
 * verified: Cognito then sends a code of its own, for what was proven a moment ago (cognito.md 3.1).
 */
export function poolAdmin(options: PoolAdminOptions, fetchFunction: typeof fetch): PoolAdmin {
  const { apiUrl, userPoolId, accessKeyId, secretAccessKey } = options;
  const region = userPoolId.split("_")[0] ?? "";
  const signed = signedFetch({ accessKeyId, secretAccessKey }, region, fetchFunction);
  return {
    async writeVerified(username, { email, phoneNumber }) {
      const attributes = [
        ...(email === undefined ? [] : [attribute("email", email), attribute("email_verified", "true")]),
        ...(phoneNumber === undefined
          ? []
          : [attribute("phone_number", phoneNumber), attribute("phone_number_verified", "true")]),
      ];
      const input = { UserPoolId: userPoolId, Username: username, UserAttributes: attributes };
      const answer = await callPool(apiUrl, "AdminUpdateUserAttributes", input, signed);
      return answer.ok ? ok(undefined) : answer;
    },
  };
}

function attribute(name: string, value: string) {
  return { Name: name, Value: value };
}
