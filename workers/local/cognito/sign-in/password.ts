import { matches } from "../credential.ts";
import type { Pool } from "../pool.ts";
import { preAuthentication } from "../triggers/plain.ts";
import {
  type ApiError,
  type ApiOutcome,
  missingParameter,
  USER_NOT_FOUND,
  WRONG_PASSWORD,
} from "../user-pool-api/errors.ts";
import type { User } from "../users.ts";
import { completeSignIn, type SignInCall, standingProblem } from "./complete.ts";
import { newPasswordChallenge } from "./new-password.ts";

/** `USER_PASSWORD_AUTH` and `ADMIN_USER_PASSWORD_AUTH`: the password itself (reference 3.2). */
export async function signInByPassword(
  call: SignInCall,
  parameters: Readonly<Record<string, string>>,
): Promise<ApiOutcome> {
  const { USERNAME: username, PASSWORD: password } = parameters;
  if (username === undefined || password === undefined) {
    return missingParameter(username === undefined ? "USERNAME" : "PASSWORD");
  }
  const { pool, client, clientMetadata } = call;
  const user = pool.store.findUser(username);
  const hides = client.preventUserExistenceErrors === "ENABLED";
  if (user === undefined && !hides) {
    return USER_NOT_FOUND;
  }
  const refused = await preAuthentication(pool, {
    clientId: client.clientId,
    username,
    user,
    tellsNotFound: hides,
    validationData: clientMetadata,
  });
  if (refused !== undefined) {
    return refused;
  }
  const checked = checkPassword(pool, user, password);
  if ("error" in checked) {
    return checked;
  }
  // What InitiateAuth's ClientMetadata says reaches no trigger after PreAuthentication (reference 4).
  const onward = { ...call, user: checked, clientMetadata: undefined };
  return checked.status === "FORCE_CHANGE_PASSWORD"
    ? newPasswordChallenge(onward, checked)
    : completeSignIn(onward);
}

/** The user, if the password is theirs and they may sign in. */
export function checkPassword(pool: Pool, user: User | undefined, password: string): User | ApiError {
  if (user?.credential === undefined || !matches(pool.userPoolId, user.username, password, user.credential)) {
    return WRONG_PASSWORD;
  }
  return standingProblem(user) ?? user;
}
