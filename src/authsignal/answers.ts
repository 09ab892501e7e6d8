import * as z from "zod/mini";
import { onFirstUse } from "../http/first-use.ts";
import { fail, ok, type Result } from "../http/result.ts";
import { isChallengeUrl } from "./challenge-url.ts";
import type { AuthsignalProblem, Tracked, Validated, VerifiedContacts } from "./port.ts";

const STATES = ["ALLOW", "BLOCK", "CHALLENGE_REQUIRED", "REVIEW_REQUIRED"] as const;

const trackedSchema = onFirstUse(() =>
  z.object({
    state: z.string(),
    isEnrolled: z.boolean(),
    // Not confirmed for BLOCK and REVIEW_REQUIRED (authsignal.md 2.5), which need neither.
    url: z.optional(z.string()),
    token: z.optional(z.string()),
    idempotencyKey: z.string(),
    ruleIds: z.optional(z.array(z.string())),
    allowedVerificationMethods: z.optional(z.array(z.string())),
  }),
);

const stateSchema = onFirstUse(() => z.object({ state: z.string() }));

const userSchema = onFirstUse(() =>
  z.object({
    email: z.optional(z.email()),
    emailVerified: z.boolean(),
    phoneNumber: z.optional(z.e164()),
    phoneNumberVerified: z.boolean(),
  }),
);

const validatedSchema = onFirstUse(() =>
  z.object({
    isValid: z.boolean(),
    state: z.optional(z.string()),
    userId: z.optional(z.string()),
    action: z.optional(z.string()),
    idempotencyKey: z.optional(z.string()),
    verificationMethod: z.optional(z.string()),
  }),
);

/** Reads what `track` answered; it must be about the very action that was asked for. */
export function readTracked(
  answer: unknown,
  request: { readonly idempotencyKey: string },
  challengeHosts: readonly string[],
): Result<Tracked, AuthsignalProblem> {
  const parsed = trackedSchema().safeParse(answer);
  if (!parsed.success || parsed.data.idempotencyKey !== request.idempotencyKey) {
    return fail({ reason: "bad_answer" });
  }
  const { isEnrolled, url = "", token = "", ruleIds } = parsed.data;
  const state = STATES.find((known) => known === parsed.data.state) ?? "unknown";
  const leadsOut = state === "CHALLENGE_REQUIRED" || (state === "ALLOW" && !isEnrolled);
  const isWay = token !== "" && isChallengeUrl(url, challengeHosts);
  if (leadsOut && !isWay) {
    return fail({ reason: "bad_answer" });
  }
  const allowedMethods = parsed.data.allowedVerificationMethods;
  return ok({ state, isEnrolled, url: isWay ? url : "", token, ruleIds: ruleIds ?? [], allowedMethods });
}

/** Reads the addresses that Authsignal says are verified. */
export function readContacts(answer: unknown): Result<VerifiedContacts, AuthsignalProblem> {
  const parsed = userSchema().safeParse(answer);
  if (!parsed.success) {
    return fail({ reason: "bad_answer" });
  }
  const { email, emailVerified, phoneNumber, phoneNumberVerified } = parsed.data;
  return ok({
    email: emailVerified ? email : undefined,
    phoneNumber: phoneNumberVerified ? phoneNumber : undefined,
  });
}

/** Reads the state of an action. */
export function readState(answer: unknown): Result<string, AuthsignalProblem> {
  const parsed = stateSchema().safeParse(answer);
  return parsed.success ? ok(parsed.data.state) : fail({ reason: "bad_answer" });
}

/** Reads what the validation of a result token answered. */
export function readValidated(answer: unknown): Result<Validated, AuthsignalProblem> {
  const parsed = validatedSchema().safeParse(answer);
  if (!parsed.success) {
    return fail({ reason: "bad_answer" });
  }
  const { state, userId, action, idempotencyKey, verificationMethod } = parsed.data;
  return ok({ state, userId, action, idempotencyKey, verificationMethod });
}
