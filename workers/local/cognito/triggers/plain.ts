import * as z from "zod";
import { triggerAttributes } from "../attributes.ts";
import type { Pool } from "../pool.ts";
import type { ApiError } from "../user-pool-api/errors.ts";
import type { User } from "../users.ts";
import { invokeTrigger } from "./invoke.ts";

type Metadata = Readonly<Record<string, string>> | undefined;

const flag = z.boolean().nullish();
const signUpAnswer = z
  .object({ autoConfirmUser: flag, autoVerifyEmail: flag, autoVerifyPhone: flag })
  .nullish();

/** What PreSignUp decided. */
export interface SignUpDecision {
  readonly autoConfirmUser: boolean;
  readonly autoVerifyEmail: boolean;
  readonly autoVerifyPhone: boolean;
}

/** PreSignUp: may refuse, confirm at once, or take addresses as verified. */
export async function preSignUp(
  pool: Pool,
  about: {
    readonly source: "SignUp" | "AdminCreateUser" | "ExternalProvider";
    readonly clientId: string;
    readonly username: string;
    readonly userAttributes: Readonly<Record<string, string>>;
    readonly validationData: Metadata;
    readonly clientMetadata: Metadata;
  },
): Promise<SignUpDecision | ApiError> {
  const { source, clientId, username, userAttributes, validationData, clientMetadata } = about;
  const answer = await invokeTrigger(pool, {
    trigger: "preSignUp",
    source: `PreSignUp_${source}`,
    userName: username,
    clientId,
    request: { userAttributes, ...given({ validationData, clientMetadata }) },
    response: signUpAnswer,
  });
  if (answer !== undefined && "error" in answer) {
    return answer;
  }
  const { autoConfirmUser, autoVerifyEmail, autoVerifyPhone } = answer?.response ?? {};
  return {
    autoConfirmUser: autoConfirmUser === true,
    autoVerifyEmail: autoVerifyEmail === true,
    autoVerifyPhone: autoVerifyPhone === true,
  };
}

/** PostConfirmation, after a sign-up or a forgotten password was confirmed. */
export function postConfirmation(
  pool: Pool,
  source: "ConfirmSignUp" | "ConfirmForgotPassword",
  user: User,
  clientId: string,
  clientMetadata: Metadata,
): Promise<ApiError | undefined> {
  return tell(pool, {
    trigger: "postConfirmation",
    source: `PostConfirmation_${source}`,
    userName: user.username,
    clientId,
    request: { userAttributes: triggerAttributes(user), ...given({ clientMetadata }) },
  });
}

/** PreAuthentication: may refuse before the password is looked at. It sees `ClientMetadata` as `validationData`. */
export function preAuthentication(
  pool: Pool,
  about: {
    readonly clientId: string;
    readonly username: string;
    readonly user: User | undefined;
    /** Whether the client hides which users exist: only then is the trigger told. */
    readonly tellsNotFound: boolean;
    readonly validationData: Metadata;
  },
): Promise<ApiError | undefined> {
  const { clientId, username, user, tellsNotFound, validationData } = about;
  return tell(pool, {
    trigger: "preAuthentication",
    source: "PreAuthentication_Authentication",
    userName: user?.username ?? username,
    clientId,
    request: {
      userAttributes: user === undefined ? {} : triggerAttributes(user),
      ...given({ validationData }),
      ...(tellsNotFound ? { userNotFound: user === undefined } : {}),
    },
  });
}

/** PostAuthentication: hears of a sign-in and may still refuse it by raising. */
export function postAuthentication(
  pool: Pool,
  user: User,
  clientId: string,
  clientMetadata: Metadata,
): Promise<ApiError | undefined> {
  return tell(pool, {
    trigger: "postAuthentication",
    source: "PostAuthentication_Authentication",
    userName: user.username,
    clientId,
    request: {
      userAttributes: triggerAttributes(user),
      newDeviceUsed: false,
      ...given({ clientMetadata }),
    },
  });
}

async function tell(
  pool: Pool,
  call: Omit<Parameters<typeof invokeTrigger>[1], "response">,
): Promise<ApiError | undefined> {
  const answer = await invokeTrigger(pool, { ...call, response: z.unknown() });
  return answer !== undefined && "error" in answer ? answer : undefined;
}

/** Leaves out what was not given, as Cognito's events do. */
function given(members: Readonly<Record<string, Metadata>>): Readonly<Record<string, Metadata>> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
