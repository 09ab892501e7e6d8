import * as z from "zod";
import { triggerAttributes } from "../attributes.ts";
import type { Pool } from "../pool.ts";
import type { ApiError } from "../user-pool-api/errors.ts";
import type { User } from "../users.ts";
import { invokeTrigger, type TriggerCall } from "./invoke.ts";

/** One step of a custom flow so far, as DefineAuthChallenge sees it. */
export interface ChallengeStep {
  readonly challengeName: "SRP_A" | "PASSWORD_VERIFIER" | "CUSTOM_CHALLENGE";
  readonly challengeResult: boolean;
  readonly challengeMetadata?: string;
}

/** Who goes through a custom flow. */
export interface CustomAuthSubject {
  readonly clientId: string;
  readonly username: string;
  readonly user: User | undefined;
  /** `userNotFound` is sent only to clients that hide which users exist (reference 4). */
  readonly tellsNotFound: boolean;
  /** Of RespondToAuthChallenge; InitiateAuth's does not reach these triggers. */
  readonly clientMetadata: Readonly<Record<string, string>> | undefined;
}

const texts = z.record(z.string(), z.string());
const defineAnswer = z.object({
  challengeName: z.string().nullish(),
  issueTokens: z.boolean().nullish(),
  failAuthentication: z.boolean().nullish(),
});
const createAnswer = z.object({
  publicChallengeParameters: texts.nullish(),
  privateChallengeParameters: texts.nullish(),
  challengeMetadata: z.string().nullish(),
});
const verifyAnswer = z.object({ answerCorrect: z.boolean() });

/** DefineAuthChallenge: what comes next. */
export function defineAuthChallenge(
  pool: Pool,
  subject: CustomAuthSubject,
  session: readonly ChallengeStep[],
): Promise<{ readonly response: z.output<typeof defineAnswer> } | ApiError> {
  return required(pool, {
    ...callOf(subject, { session }),
    trigger: "defineAuthChallenge",
    source: "DefineAuthChallenge_Authentication",
    response: defineAnswer,
  });
}

/** CreateAuthChallenge: the question, and the answer that the pool keeps to itself. */
export function createAuthChallenge(
  pool: Pool,
  subject: CustomAuthSubject,
  session: readonly ChallengeStep[],
): Promise<{ readonly response: z.output<typeof createAnswer> } | ApiError> {
  return required(pool, {
    ...callOf(subject, { challengeName: "CUSTOM_CHALLENGE", session }),
    trigger: "createAuthChallenge",
    source: "CreateAuthChallenge_Authentication",
    response: createAnswer,
  });
}

/** VerifyAuthChallengeResponse: whether the answer is right. */
export function verifyAuthChallengeResponse(
  pool: Pool,
  subject: CustomAuthSubject,
  challenge: {
    readonly privateChallengeParameters: Readonly<Record<string, string>>;
    readonly challengeAnswer: string;
  },
): Promise<{ readonly response: z.output<typeof verifyAnswer> } | ApiError> {
  return required(pool, {
    ...callOf(subject, challenge),
    trigger: "verifyAuthChallengeResponse",
    source: "VerifyAuthChallengeResponse_Authentication",
    response: verifyAnswer,
  });
}

function callOf(
  { clientId, username, user, tellsNotFound, clientMetadata }: CustomAuthSubject,
  request: Readonly<Record<string, unknown>>,
): Pick<TriggerCall<z.ZodType>, "userName" | "clientId" | "request"> {
  return {
    userName: user?.username ?? username,
    clientId,
    request: {
      userAttributes: user === undefined ? {} : triggerAttributes(user),
      ...request,
      ...(clientMetadata === undefined ? {} : { clientMetadata }),
      ...(tellsNotFound ? { userNotFound: user === undefined } : {}),
    },
  };
}

/** Custom flows have no step that goes on without its function. */
async function required<Response extends z.ZodType>(
  pool: Pool,
  call: TriggerCall<Response>,
): Promise<{ readonly response: z.output<Response> } | ApiError> {
  return (
    (await invokeTrigger(pool, call)) ?? {
      error: "InvalidParameterException",
      message: "Custom auth lambda trigger is not configured for the user pool.",
    }
  );
}
