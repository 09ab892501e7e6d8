import * as z from "zod/mini";
import { fail, ok, type Result } from "../http/result.ts";
import type { Sub } from "../identity/principal.ts";
import type { ActionCode } from "../policy/vocabulary.ts";
import { withDeadline } from "./asking.ts";
import { readTracked } from "./answers.ts";
import { sdkWithKeys, type Question, type SdkOptions } from "./keys.ts";
import type { AuthsignalProblem, Tracked, Validated } from "./port.ts";

/** What is told to Authsignal about one round of a sign-in. */
export interface SignInQuestion {
  readonly userId: Sub;
  readonly action: ActionCode;
  /** Two questions with it are one action. */
  readonly idempotencyKey: string;
  readonly redirectUrl?: string;
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly ipAddress?: string;
  readonly userAgent?: string;
  readonly deviceId?: string;
  readonly locale?: string;
  readonly custom: Readonly<Record<string, string | number | boolean>>;
}

/** Authsignal's answer to `validate`, with when the action got its state (ISO 8601). */
export interface ValidatedSignIn extends Validated {
  readonly stateUpdatedAt: string | undefined;
}

/** An address that Cognito has verified. */
export type VerifiedAddress =
  | { readonly method: "EMAIL_OTP"; readonly email: string }
  | { readonly method: "SMS"; readonly phoneNumber: string };

/** The part of Authsignal that the triggers need. */
export interface SignInApi {
  track(question: SignInQuestion): Promise<Result<Tracked, AuthsignalProblem>>;
  validate(
    token: string,
    userId: Sub,
    action: ActionCode,
  ): Promise<Result<ValidatedSignIn, AuthsignalProblem>>;
  /** Enrols an address without a message to it (authsignal.md 2.4). */
  enrolAddress(userId: Sub, address: VerifiedAddress): Promise<Result<undefined, AuthsignalProblem>>;
}

const validatedSchema = z.object({
  isValid: z.boolean(),
  state: z.optional(z.string()),
  userId: z.optional(z.string()),
  action: z.optional(z.string()),
  idempotencyKey: z.optional(z.string()),
  verificationMethod: z.optional(z.string()),
  stateUpdatedAt: z.optional(z.string()),
});
const enrolledSchema = z.object({ authenticator: z.object({ userAuthenticatorId: z.string() }) });

/**
 * Authsignal for sign-in, through the same wrapped SDK as the gateway's: one deadline over all that one invocation
 * asks. The SDK is loaded at once, while a cold start is paid for anyway.
 *
 * @returns what makes the port of one invocation from the milliseconds that it has left.
 */
export function signInAuthsignal(
  options: SdkOptions & { readonly challengeHosts: readonly string[] },
): (remainingMs: () => number) => SignInApi {
  const keys = sdkWithKeys(options);
  void keys.ask(
    () => Promise.resolve(),
    () => false,
  );
  return (remainingMs) => {
    const ask = (question: Question) => withDeadline(remainingMs(), (isOver) => keys.ask(question, isOver));
    return {
      async track(question) {
        const answer = await ask((sdk) => sdk.track(toWire(question)));
        return answer.ok ? readTracked(answer.value, question, options.challengeHosts) : answer;
      },
      async validate(token, userId, action) {
        const answer = await ask((sdk) => sdk.validateChallenge({ token, userId, action }));
        return answer.ok ? readValidated(answer.value) : answer;
      },
      async enrolAddress(userId, { method, ...address }) {
        const attributes = { verificationMethod: method, ...address };
        const answer = await ask((sdk) => sdk.enrollVerifiedAuthenticator({ userId, attributes }));
        if (!answer.ok) {
          return answer;
        }
        return enrolledSchema.safeParse(answer.value).success
          ? ok(undefined)
          : fail({ reason: "bad_answer" });
      },
    };
  };
}

function toWire({ userId, action, ...attributes }: SignInQuestion) {
  return { userId, action, attributes: { ...attributes, custom: { ...attributes.custom } } };
}

function readValidated(answer: unknown): Result<ValidatedSignIn, AuthsignalProblem> {
  const parsed = validatedSchema.safeParse(answer);
  if (!parsed.success) {
    return fail({ reason: "bad_answer" });
  }
  const { state, userId, action, idempotencyKey, verificationMethod, stateUpdatedAt } = parsed.data;
  return ok({ state, userId, action, idempotencyKey, verificationMethod, stateUpdatedAt });
}
