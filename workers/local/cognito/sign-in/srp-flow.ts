import { preAuthentication } from "../triggers/plain.ts";
import {
  type ApiOutcome,
  missingParameter,
  USER_NOT_FOUND,
  WRONG_PASSWORD,
} from "../user-pool-api/errors.ts";
import type { User } from "../users.ts";
import { type AuthSession, openAuthSession } from "./auth-session.ts";
import { completeSignIn, type SignInCall, standingProblem } from "./complete.ts";
import { newPasswordChallenge } from "./new-password.ts";
import { provesPassword, startSrp } from "./srp.ts";

/** `USER_SRP_AUTH`: the first half, which ends in `PASSWORD_VERIFIER` (reference 3.2). */
export async function signInBySrp(
  call: SignInCall,
  parameters: Readonly<Record<string, string>>,
): Promise<ApiOutcome> {
  const { USERNAME: username, SRP_A: clientPublic } = parameters;
  if (username === undefined || clientPublic === undefined) {
    return missingParameter(username === undefined ? "USERNAME" : "SRP_A");
  }
  const { pool, client, clientMetadata } = call;
  const user = pool.store.findUser(username);
  const hides = client.preventUserExistenceErrors === "ENABLED";
  if (user === undefined && !hides) {
    return USER_NOT_FOUND;
  }
  const about = { clientId: client.clientId, username, user, tellsNotFound: hides };
  const refused = await preAuthentication(pool, { ...about, validationData: clientMetadata });
  return refused ?? passwordVerifierChallenge(call, { username, user, clientPublic, isCustom: false });
}

/** The `PASSWORD_VERIFIER` challenge, by itself or as the first step of a custom flow. */
export function passwordVerifierChallenge(
  { pool, client }: SignInCall,
  from: {
    readonly username: string;
    readonly user: User | undefined;
    readonly clientPublic: string;
    readonly isCustom: boolean;
  },
): ApiOutcome {
  const username = from.user?.username ?? from.username;
  const start = startSrp(pool, username, from.user, from.clientPublic);
  if (start === undefined) {
    return { error: "InvalidParameterException", message: "SRP_A is not a valid public value." };
  }
  const session = openAuthSession(pool, client, {
    username,
    ...(from.user === undefined ? {} : { userSub: from.user.sub }),
    challengeName: "PASSWORD_VERIFIER",
    isCustom: from.isCustom,
    steps: from.isCustom ? [{ challengeName: "SRP_A", challengeResult: true }] : [],
    srp: start.exchange,
  });
  return {
    body: {
      ChallengeName: "PASSWORD_VERIFIER",
      Session: session,
      ChallengeParameters: {
        SALT: start.salt,
        SECRET_BLOCK: start.exchange.secretBlock,
        SRP_B: start.exchange.serverPublic,
        USERNAME: username,
        USER_ID_FOR_SRP: username,
      },
    },
  };
}

/** Whether the answer proves the password; `undefined` names what it lacks. */
export function isPasswordProven(
  { pool }: SignInCall,
  session: AuthSession,
  responses: Readonly<Record<string, string>>,
): boolean | ApiOutcome {
  const names = ["PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"] as const;
  const missing = names.find((name) => responses[name] === undefined);
  if (missing !== undefined) {
    return missingParameter(missing);
  }
  const proven =
    session.srp !== undefined &&
    provesPassword(pool, session.username, session.srp, {
      secretBlock: responses["PASSWORD_CLAIM_SECRET_BLOCK"] ?? "",
      signature: responses["PASSWORD_CLAIM_SIGNATURE"] ?? "",
      timestamp: responses["TIMESTAMP"] ?? "",
    });
  // A decoy's proof is worked out like any other, so that it takes as long.
  return proven && session.userSub !== undefined;
}

/** The second half of `USER_SRP_AUTH`. */
export function finishSrp(
  call: SignInCall,
  session: AuthSession,
  responses: Readonly<Record<string, string>>,
): Promise<ApiOutcome> | ApiOutcome {
  const proven = isPasswordProven(call, session, responses);
  if (typeof proven !== "boolean") {
    return proven;
  }
  const user = session.userSub === undefined ? undefined : call.pool.store.userBySub(session.userSub);
  if (!proven || user === undefined) {
    return WRONG_PASSWORD;
  }
  const problem = standingProblem(user);
  if (problem !== undefined) {
    return problem;
  }
  return user.status === "FORCE_CHANGE_PASSWORD"
    ? newPasswordChallenge(call, user)
    : completeSignIn({ ...call, user });
}
