import { isSameAction } from "../action-key.ts";
import type { Context } from "../context.ts";
import { mayAdd } from "../permissions.ts";
import { apiError } from "../server-api/errors.ts";
import { checkAssertion, checkRegistration } from "../webauthn.ts";
import type { Assertion, Registration } from "../webauthn-answers.ts";
import type { WebauthnMethod } from "../webauthn-ceremonies.ts";
import type { TokenCaller } from "./caller.ts";
import { missingScope, refusalOfMethod } from "./refusals.ts";
import { enrolledBy, verifiedBy } from "./verdicts.ts";

/** Why a credential cannot be added with this token; nothing when it can. */
export function refusalOfAdding(
  { store }: Context,
  caller: TokenCaller,
  method: WebauthnMethod,
): Response | undefined {
  const isEnrolled = store.authenticatorsOf(caller.action.userId).length > 0;
  return (
    refusalOfMethod(caller.action, method) ??
    (mayAdd(caller, isEnrolled) ? undefined : missingScope("add:authenticators"))
  );
}

/** The answer to a registration. `challengeId` may be left out: the client data names the challenge. */
export async function addCredential(
  context: Context,
  caller: TokenCaller,
  method: WebauthnMethod,
  response: Registration,
  challengeId?: string,
): Promise<Response> {
  const refusal = refusalOfAdding(context, caller, method);
  if (refusal !== undefined) {
    return refusal;
  }
  const check = await checkRegistration(context, method, response);
  return check.kind === "registered" &&
    isSameAction(check.ceremony.action, caller.action) &&
    (challengeId ?? check.ceremony.challengeId) === check.ceremony.challengeId
    ? enrolledBy(context, caller.action, { verificationMethod: method, credential: check.credential })
    : invalidCredential();
}

/** The answer to an authentication with a token. */
export async function verifyCredential(
  context: Context,
  { action }: TokenCaller,
  method: WebauthnMethod,
  response: Assertion,
  challengeId?: string,
): Promise<Response> {
  const refusal = refusalOfMethod(action, method);
  if (refusal !== undefined) {
    return refusal;
  }
  const check = await checkAssertion(context, method, response);
  if (
    check.kind !== "right" ||
    !isSameAction(check.ceremony.action, action) ||
    (challengeId ?? check.ceremony.challengeId) !== check.ceremony.challengeId
  ) {
    return check.kind === "unknown_credential" ? unknownCredential() : invalidCredential();
  }
  const { userAuthenticatorId } = check.authenticator;
  const who = whoIs(context, action.userId, userAuthenticatorId);
  return verifiedBy(context, action, check.authenticator, who);
}

/** Who has answered, as the SDK passes it on. */
export function whoIs(
  { store }: Context,
  userId: string,
  userAuthenticatorId: string,
): Record<string, unknown> {
  const user = store.users.get(userId);
  return {
    userId,
    userAuthenticatorId,
    ...(user?.username === undefined ? {} : { username: user.username }),
    ...(user?.displayName === undefined ? {} : { userDisplayName: user.displayName }),
  };
}

/** 400: an answer that does not hold. */
export function invalidCredential(): Response {
  return apiError(400, "invalid_credential", "The credential could not be verified.");
}

/** 400: a credential that nobody has registered, or that is not the user's. */
export function unknownCredential(): Response {
  return apiError(400, "unknown_credential", "The credential is not registered.");
}
