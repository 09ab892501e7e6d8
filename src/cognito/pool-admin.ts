import { ok, type Result } from "../http/result.ts";
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
  /** Sees to it that there is a user of this e-mail address; whether there was one before is not told, nor by time. */
  ensureUser(email: string): Promise<Result<void, PoolProblem>>;
}

const PASSWORD_BYTES = 32;
/** One of each kind that a pool may ask for; what counts is the random part. */
const PASSWORD_KINDS = "aA1!";

/** The pool, and who acts on it. */
export interface PoolAdminOptions extends AwsCredentials {
  readonly apiUrl: string;
  readonly userPoolId: string;
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
    async ensureUser(email) {
      const user = { UserPoolId: userPoolId, Username: email };
      // As verified: nobody is let in before the code that Authsignal sends there has come back.
      const attributes = [attribute("email", email), attribute("email_verified", "true")];
      const creation = { ...user, UserAttributes: attributes, MessageAction: "SUPPRESS" };
      const created = await callPool(apiUrl, "AdminCreateUser", creation, signed);
      const exists = !created.ok && created.error.reason === "user_exists";
      if (!created.ok && !exists) {
        return created;
      }
      // Two calls either way. A password that nobody knows ends the one that would have to be changed.
      const second = created.ok
        ? await callPool(
            apiUrl,
            "AdminSetUserPassword",
            { ...user, Password: randomPassword(), Permanent: true },
            signed,
          )
        : await callPool(apiUrl, "AdminGetUser", user, signed);
      return second.ok || exists ? ok(undefined) : second;
    },
  };
}

function attribute(name: string, value: string) {
  return { Name: name, Value: value };
}

function randomPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES));
  return PASSWORD_KINDS + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
