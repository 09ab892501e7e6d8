import * as z from "zod";
import type { AllowedFlow, AppClient } from "../clients.ts";
import type { Pool } from "../pool.ts";
import { takeAuthSession } from "../sign-in/auth-session.ts";
import type { SignInCall } from "../sign-in/complete.ts";
import { answerCustomAuth, signInByCustomAuth } from "../sign-in/custom.ts";
import { answerNewPassword } from "../sign-in/new-password.ts";
import { signInByPassword } from "../sign-in/password.ts";
import { refreshTokens } from "../sign-in/refresh.ts";
import { finishSrp, signInBySrp } from "../sign-in/srp-flow.ts";
import { type ApiError, type ApiOutcome, missingParameter } from "./errors.ts";
import { clientByHash, textMap } from "./input.ts";
import { openOperation, type Operation } from "./operation.ts";

const AUTH_FLOWS = [
  "USER_PASSWORD_AUTH",
  "USER_SRP_AUTH",
  "CUSTOM_AUTH",
  "REFRESH_TOKEN_AUTH",
  "REFRESH_TOKEN",
  "USER_AUTH",
  "ADMIN_NO_SRP_AUTH",
  "ADMIN_USER_PASSWORD_AUTH",
] as const;
type AuthFlow = (typeof AUTH_FLOWS)[number];

/** Challenges that the API knows; the stand-in gives the last three. */
const CHALLENGE_NAMES = [
  "SMS_MFA",
  "EMAIL_OTP",
  "SOFTWARE_TOKEN_MFA",
  "SELECT_MFA_TYPE",
  "MFA_SETUP",
  "SELECT_CHALLENGE",
  "DEVICE_SRP_AUTH",
  "DEVICE_PASSWORD_VERIFIER",
  "SMS_OTP",
  "PASSWORD",
  "PASSWORD_SRP",
  "WEB_AUTHN",
  "ADMIN_NO_SRP_AUTH",
  "PASSWORD_VERIFIER",
  "CUSTOM_CHALLENGE",
  "NEW_PASSWORD_REQUIRED",
] as const;

/** Members of `InitiateAuth`; those that the stand-in does not use are let through. */
export const initiateAuthInput = z.object({
  AuthFlow: z.enum(AUTH_FLOWS),
  ClientId: z.string(),
  AuthParameters: textMap.default({}),
  ClientMetadata: textMap.optional(),
});

export const respondInput = z.object({
  ClientId: z.string(),
  ChallengeName: z.enum(CHALLENGE_NAMES),
  Session: z.string().min(20).max(2048).optional(),
  ChallengeResponses: textMap.default({}),
  ClientMetadata: textMap.optional(),
});

const FLOW_PERMISSIONS: Readonly<Partial<Record<AuthFlow, AllowedFlow>>> = {
  USER_PASSWORD_AUTH: "ALLOW_USER_PASSWORD_AUTH",
  USER_SRP_AUTH: "ALLOW_USER_SRP_AUTH",
  CUSTOM_AUTH: "ALLOW_CUSTOM_AUTH",
  REFRESH_TOKEN_AUTH: "ALLOW_REFRESH_TOKEN_AUTH",
  REFRESH_TOKEN: "ALLOW_REFRESH_TOKEN_AUTH",
  ADMIN_NO_SRP_AUTH: "ALLOW_ADMIN_USER_PASSWORD_AUTH",
  ADMIN_USER_PASSWORD_AUTH: "ALLOW_ADMIN_USER_PASSWORD_AUTH",
};

/** `InitiateAuth`, and `AdminInitiateAuth` with `isAdmin`, which opens the flows that send a password from a server. */
export function initiateAuth(
  pool: Pool,
  input: z.output<typeof initiateAuthInput>,
  isAdmin: boolean,
): Promise<ApiOutcome> | ApiOutcome {
  const { AuthFlow: flow, AuthParameters: parameters } = input;
  const client = clientByHash(
    pool,
    input.ClientId,
    hashedNames(pool, flow, parameters),
    parameters["SECRET_HASH"],
  );
  if ("error" in client) {
    return client;
  }
  const refused = flowProblem(client, flow, isAdmin);
  if (refused !== undefined) {
    return refused;
  }
  const call: SignInCall = { pool, client, clientMetadata: input.ClientMetadata };
  switch (flow) {
    case "USER_PASSWORD_AUTH":
    case "ADMIN_NO_SRP_AUTH":
    case "ADMIN_USER_PASSWORD_AUTH":
      return signInByPassword(call, parameters);
    case "USER_SRP_AUTH":
      return signInBySrp(call, parameters);
    case "CUSTOM_AUTH":
      return signInByCustomAuth(call, parameters);
    case "REFRESH_TOKEN_AUTH":
    case "REFRESH_TOKEN": {
      const { REFRESH_TOKEN: token } = parameters;
      return token === undefined
        ? missingParameter("REFRESH_TOKEN")
        : // InitiateAuth's ClientMetadata does not reach PreTokenGeneration.
          refreshTokens({ ...call, clientMetadata: undefined }, token);
    }
    case "USER_AUTH":
      return flowNotEnabled(flow);
    default:
      return flow satisfies never;
  }
}

/** `RespondToAuthChallenge` and its Admin twin: answers the one challenge behind a `Session`. */
export function respondToAuthChallenge(
  pool: Pool,
  input: z.output<typeof respondInput>,
): Promise<ApiOutcome> | ApiOutcome {
  const { ChallengeName: name, Session: id, ChallengeResponses: responses } = input;
  const { USERNAME: username } = responses;
  const client = clientByHash(pool, input.ClientId, [username], responses["SECRET_HASH"]);
  if ("error" in client) {
    return client;
  }
  if (username === undefined) {
    return missingParameter("USERNAME");
  }
  if (name !== "PASSWORD_VERIFIER" && name !== "CUSTOM_CHALLENGE" && name !== "NEW_PASSWORD_REQUIRED") {
    return { error: "InvalidParameterException", message: `The pool gives no ${name} challenge.` };
  }
  if (id === undefined) {
    return missingParameter("Session");
  }
  const session = takeAuthSession(pool, client, id, name);
  if ("error" in session) {
    return session;
  }
  if (!isSameUser(pool, session.username, username)) {
    return { error: "NotAuthorizedException", message: "Invalid session for the user." };
  }
  const call: SignInCall = { pool, client, clientMetadata: input.ClientMetadata };
  if (session.isCustom) {
    return answerCustomAuth(call, session, responses);
  }
  return name === "PASSWORD_VERIFIER"
    ? finishSrp(call, session, responses)
    : answerNewPassword(call, session, responses);
}

export const AUTH_OPERATIONS: Readonly<Record<string, Operation>> = {
  InitiateAuth: openOperation(initiateAuthInput, (pool, input) => initiateAuth(pool, input, false)),
  RespondToAuthChallenge: openOperation(respondInput, respondToAuthChallenge),
};

function flowProblem(client: AppClient, flow: AuthFlow, isAdmin: boolean): ApiError | undefined {
  const permission = FLOW_PERMISSIONS[flow];
  const isAdminFlow = flow === "ADMIN_NO_SRP_AUTH" || flow === "ADMIN_USER_PASSWORD_AUTH";
  if (isAdminFlow && !isAdmin) {
    return { error: "InvalidParameterException", message: "Initiate Auth method not supported." };
  }
  const isRefresh = permission === "ALLOW_REFRESH_TOKEN_AUTH";
  // Rotation excludes the older call; GetTokensFromRefreshToken takes its place (reference 2.3).
  const excluded = isRefresh && client.refreshTokenRotation !== undefined;
  return permission === undefined || !client.authFlows.includes(permission) || excluded
    ? flowNotEnabled(flow)
    : undefined;
}

function flowNotEnabled(flow: AuthFlow): ApiError {
  return { error: "InvalidParameterException", message: `${flow} flow not enabled for this client` };
}

/** The names that `SECRET_HASH` may be made with: for a refresh the user's own name or sub, not an alias. */
function hashedNames(
  pool: Pool,
  flow: AuthFlow,
  parameters: Readonly<Record<string, string>>,
): readonly (string | undefined)[] {
  if (flow !== "REFRESH_TOKEN_AUTH" && flow !== "REFRESH_TOKEN") {
    return [parameters["USERNAME"]];
  }
  const entry = pool.store.refreshToken(parameters["REFRESH_TOKEN"] ?? "");
  const lineage = entry === undefined ? undefined : pool.store.lineage(entry.eventId);
  const user = lineage === undefined ? undefined : pool.store.userBySub(lineage.userSub);
  return [user?.username, user?.sub];
}

function isSameUser(pool: Pool, expected: string, given: string): boolean {
  if (given.toLowerCase() === expected.toLowerCase()) {
    return true;
  }
  const user = pool.store.findUser(given);
  // The sub is as good as the name; an alias only where the pool is set up to be lenient.
  const isNotAlias = user?.sub === given;
  return user?.username === expected && (isNotAlias || !pool.settings.strictChallengeUsername);
}
