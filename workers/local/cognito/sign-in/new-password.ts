import { attributeProblem } from "../attributes.ts";
import { newCredential } from "../credential.ts";
import { passwordProblem } from "../password-policy.ts";
import { type ApiOutcome, missingParameter, WRONG_PASSWORD } from "../user-pool-api/errors.ts";
import type { User } from "../users.ts";
import { type AuthSession, openAuthSession } from "./auth-session.ts";
import { completeSignIn, type SignInCall } from "./complete.ts";

const ATTRIBUTE_PREFIX = "userAttributes.";

/** `NEW_PASSWORD_REQUIRED`: a user with a temporary password must choose their own. */
export function newPasswordChallenge(call: SignInCall, user: User): ApiOutcome {
  const session = openAuthSession(call.pool, call.client, {
    username: user.username,
    userSub: user.sub,
    challengeName: "NEW_PASSWORD_REQUIRED",
    isCustom: false,
    steps: [],
  });
  return {
    body: {
      ChallengeName: "NEW_PASSWORD_REQUIRED",
      Session: session,
      ChallengeParameters: {
        USER_ID_FOR_SRP: user.username,
        requiredAttributes: "[]",
        userAttributes: JSON.stringify(user.attributes),
      },
    },
  };
}

/** Takes the new password, with any `userAttributes.*` that come with it, and signs the user in. */
export function answerNewPassword(
  call: SignInCall,
  session: AuthSession,
  responses: Readonly<Record<string, string>>,
): Promise<ApiOutcome> | ApiOutcome {
  const { pool, client } = call;
  const user = session.userSub === undefined ? undefined : pool.store.userBySub(session.userSub);
  const { NEW_PASSWORD: password } = responses;
  if (password === undefined) {
    return missingParameter("NEW_PASSWORD");
  }
  if (user === undefined || !user.enabled) {
    return WRONG_PASSWORD;
  }
  const weakness = passwordProblem(password);
  if (weakness !== undefined) {
    return { error: "InvalidPasswordException", message: weakness };
  }
  const attributes = Object.fromEntries(
    Object.entries(responses)
      .filter(([name]) => name.startsWith(ATTRIBUTE_PREFIX))
      .map(([name, value]) => [name.slice(ATTRIBUTE_PREFIX.length), value]),
  );
  const problem = attributeProblem(attributes, client);
  if (problem !== undefined) {
    return {
      error: "InvalidParameterException",
      message: problem.kind === "invalid" ? problem.message : "Cannot modify an already provided attribute",
    };
  }
  user.credential = newCredential(pool.userPoolId, user.username, password);
  user.status = "CONFIRMED";
  user.attributes = { ...user.attributes, ...attributes };
  user.modifiedAtMs = pool.now();
  return completeSignIn({ ...call, user, source: "TokenGeneration_NewPasswordChallenge" });
}
