import { complete } from "../completion.ts";
import type { Context } from "../context.ts";
import { enrol } from "../enrolling.ts";
import type { Authenticator, TrackedAction } from "../model.ts";
import { publicAuthenticator } from "../public-authenticator.ts";
import { apiError } from "../server-api/errors.ts";
import type { AuthenticatorDetails } from "../state.ts";
import type { CheckResult } from "../verification.ts";

/** 200: the answer was not right (reference 5.3: no key `error`). */
export function notVerified(
  { switches }: Context,
  result: Exclude<CheckResult, { kind: "right" }>,
): Response {
  if (result.kind === "too_many" && switches.tooManyChecks === "429") {
    return apiError(429, "too_many_requests", "Too many attempts. Try again in a few minutes.");
  }
  const failureReason = result.kind === "too_many" ? "MAX_ATTEMPTS_EXCEEDED" : "CODE_INVALID_OR_EXPIRED";
  return Response.json({ isVerified: false, failureReason });
}

/** 200: the answer was right, with the new token; `isVerified: false` when the `action.verify` webhook refused. */
export async function verifiedBy(
  context: Context,
  action: TrackedAction,
  authenticator: Authenticator,
  more: Record<string, unknown> = {},
): Promise<Response> {
  const completion = await complete(context, action, authenticator);
  return completion.kind === "succeeded"
    ? Response.json({ isVerified: true, accessToken: completion.token, ...more })
    : Response.json({ isVerified: false });
}

/** 200: the answer was right and proves a new authenticator. */
export async function enrolledBy(
  context: Context,
  action: TrackedAction,
  details: AuthenticatorDetails,
): Promise<Response> {
  const { authenticator, token } = await enrol(context, action, details);
  const { userId, userAuthenticatorId } = authenticator;
  return Response.json({
    isVerified: true,
    ...(token === undefined ? {} : { accessToken: token }),
    userId,
    userAuthenticatorId,
    userAuthenticator: publicAuthenticator(authenticator),
  });
}
