import type { Method, TrackedAction } from "../model.ts";
import { isAllowed, mayVerify } from "../permissions.ts";
import { apiError, invalidRequest } from "../server-api/errors.ts";
import type { Sending } from "../sending.ts";

/** 403: the token lacks the scope that adding, removing or reading needs (reference section 4). */
export function missingScope(scope: string): Response {
  return apiError(
    403,
    "forbidden",
    `This needs a token with the scope ${scope}, or one of a completed challenge.`,
  );
}

/** 400 when the user has nothing of this method. */
export function notEnrolled(method: Method): Response {
  return invalidRequest(`The user has no authenticator for ${method}.`);
}

/** Why this method cannot be tried for this action; nothing when it can. */
export function refusalOfMethod(action: TrackedAction, method: Method): Response | undefined {
  if (!mayVerify(action)) {
    return invalidRequest(`The action is in the state ${action.state} and cannot be challenged.`);
  }
  return isAllowed(action, method)
    ? undefined
    : invalidRequest(`The verification method ${method} is not allowed for this action.`);
}

/** Why a message was not sent; nothing when it was. */
export function refusalOfSending(sending: Sending): Response | undefined {
  switch (sending) {
    case "sent":
      return undefined;
    case "too_many":
      return apiError(429, "too_many_requests", "Too many messages were sent. Try again in a few minutes.");
    case "failed":
      return invalidRequest("The message could not be delivered.");
    default:
      return sending satisfies never;
  }
}
