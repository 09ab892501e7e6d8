import {
  type ChallengeStep,
  createAuthChallenge,
  type CustomAuthSubject,
  defineAuthChallenge,
  verifyAuthChallengeResponse,
} from "../triggers/custom-auth.ts";
import { preAuthentication } from "../triggers/plain.ts";
import {
  type ApiError,
  type ApiOutcome,
  missingParameter,
  USER_NOT_FOUND,
  WRONG_PASSWORD,
} from "../user-pool-api/errors.ts";
import { type AuthSession, openAuthSession } from "./auth-session.ts";
import { completeSignIn, type SignInCall, standingProblem } from "./complete.ts";
import { isPasswordProven, passwordVerifierChallenge } from "./srp-flow.ts";

const BAD_DEFINITION: ApiError = {
  error: "InvalidLambdaResponseException",
  message: "Unrecognizable lambda output",
};

/** `CUSTOM_AUTH`: DefineAuthChallenge decides, from the first step on or after a password by SRP (reference 4). */
export async function signInByCustomAuth(
  call: SignInCall,
  parameters: Readonly<Record<string, string>>,
): Promise<ApiOutcome> {
  const { USERNAME: username, CHALLENGE_NAME: first, SRP_A: clientPublic } = parameters;
  if (username === undefined) {
    return missingParameter("USERNAME");
  }
  if (first !== undefined && (first !== "SRP_A" || clientPublic === undefined)) {
    return first === "SRP_A"
      ? missingParameter("SRP_A")
      : { error: "InvalidParameterException", message: "CHALLENGE_NAME can only be SRP_A." };
  }
  const { pool, client, clientMetadata } = call;
  const user = pool.store.findUser(username);
  const tellsNotFound = client.preventUserExistenceErrors === "ENABLED";
  if (user === undefined && !tellsNotFound) {
    return USER_NOT_FOUND;
  }
  const who = { clientId: client.clientId, username: user?.username ?? username, user, tellsNotFound };
  const refused =
    (await preAuthentication(pool, { ...who, validationData: clientMetadata })) ??
    (user === undefined ? undefined : standingProblem(user));
  if (refused !== undefined) {
    return refused;
  }
  // InitiateAuth's ClientMetadata does not reach the triggers of the challenge.
  const onward = { ...call, clientMetadata: undefined };
  const subject = { ...who, clientMetadata: undefined };
  return first === undefined
    ? next(onward, subject, [])
    : next(onward, subject, [{ challengeName: "SRP_A", challengeResult: true }], clientPublic);
}

/** Goes on with a custom flow after an answer to `CUSTOM_CHALLENGE` or `PASSWORD_VERIFIER`. */
export async function answerCustomAuth(
  call: SignInCall,
  session: AuthSession,
  responses: Readonly<Record<string, string>>,
): Promise<ApiOutcome> {
  const { pool, client, clientMetadata } = call;
  const subject: CustomAuthSubject = {
    clientId: client.clientId,
    username: session.username,
    user: session.userSub === undefined ? undefined : pool.store.userBySub(session.userSub),
    tellsNotFound: client.preventUserExistenceErrors === "ENABLED",
    clientMetadata,
  };
  const result =
    session.challengeName === "PASSWORD_VERIFIER"
      ? isPasswordProven(call, session, responses)
      : await isAnswerCorrect(call, subject, session, responses);
  if (typeof result !== "boolean") {
    return result;
  }
  if (session.challengeName === "PASSWORD_VERIFIER" && !result && pool.settings.wrongPasswordEndsCustomAuth) {
    return WRONG_PASSWORD;
  }
  const step: ChallengeStep = {
    challengeName: session.challengeName === "PASSWORD_VERIFIER" ? "PASSWORD_VERIFIER" : "CUSTOM_CHALLENGE",
    challengeResult: result,
    ...(session.challengeMetadata === undefined ? {} : { challengeMetadata: session.challengeMetadata }),
  };
  return next(call, subject, [...session.steps, step]);
}

async function isAnswerCorrect(
  { pool }: SignInCall,
  subject: CustomAuthSubject,
  session: AuthSession,
  { ANSWER: answer }: Readonly<Record<string, string>>,
): Promise<boolean | ApiOutcome> {
  if (answer === undefined) {
    return missingParameter("ANSWER");
  }
  const verified = await verifyAuthChallengeResponse(pool, subject, {
    privateChallengeParameters: session.privateChallengeParameters ?? {},
    challengeAnswer: answer,
  });
  return "error" in verified ? verified : verified.response.answerCorrect;
}

async function next(
  call: SignInCall,
  subject: CustomAuthSubject,
  steps: readonly ChallengeStep[],
  clientPublic?: string,
): Promise<ApiOutcome> {
  const defined = await defineAuthChallenge(call.pool, subject, steps);
  if ("error" in defined) {
    return defined;
  }
  const { challengeName, issueTokens, failAuthentication } = defined.response;
  const { user, username } = subject;
  if (failAuthentication === true) {
    return WRONG_PASSWORD;
  }
  if (issueTokens === true) {
    // Whatever a trigger says of a user who does not exist, there is nobody to issue tokens to.
    return user === undefined ? WRONG_PASSWORD : (standingProblem(user) ?? completeSignIn({ ...call, user }));
  }
  switch (challengeName) {
    case "CUSTOM_CHALLENGE":
      return customChallenge(call, subject, steps);
    case "PASSWORD_VERIFIER":
      return clientPublic === undefined
        ? BAD_DEFINITION
        : passwordVerifierChallenge(call, { username, user, clientPublic, isCustom: true });
    default:
      return BAD_DEFINITION;
  }
}

async function customChallenge(
  { pool, client }: SignInCall,
  subject: CustomAuthSubject,
  steps: readonly ChallengeStep[],
): Promise<ApiOutcome> {
  const created = await createAuthChallenge(pool, subject, steps);
  if ("error" in created) {
    return created;
  }
  const { publicChallengeParameters, privateChallengeParameters, challengeMetadata } = created.response;
  const session = openAuthSession(pool, client, {
    username: subject.username,
    ...(subject.user === undefined ? {} : { userSub: subject.user.sub }),
    challengeName: "CUSTOM_CHALLENGE",
    isCustom: true,
    steps,
    privateChallengeParameters: privateChallengeParameters ?? {},
    ...(challengeMetadata === undefined || challengeMetadata === null ? {} : { challengeMetadata }),
  });
  return {
    body: {
      ChallengeName: "CUSTOM_CHALLENGE",
      Session: session,
      ChallengeParameters: { ...publicChallengeParameters, USERNAME: subject.username },
    },
  };
}
