import * as z from "zod/mini";
import { fail, ok, type Result } from "../http/result.ts";
import type { Sub } from "../identity/principal.ts";
import { withDeadline } from "./asking.ts";
import { sdkWithKeys, type Question, type SdkOptions } from "./keys.ts";
import type { AuthsignalProblem } from "./port.ts";

/** An authenticator as Authsignal lists it, reduced to what is compared. */
export interface ListedAuthenticator {
  readonly id: string;
  readonly verificationMethod: string | undefined;
  readonly createdAtMs: number;
}

/** An action as Authsignal lists it, reduced to what is compared. */
export interface ListedAction {
  readonly action: string;
  readonly idempotencyKey: string;
  readonly state: string;
  readonly stateAtMs: number;
  readonly verificationMethod: string | undefined;
}

/** What the webhook Worker asks of Authsignal about one user. None of the calls rejects. */
export interface UserApi {
  /** Ends Authsignal's own sessions of the user. Gives why it has to be tried again, or nothing once it is done. */
  readonly revokeSessions: (sub: Sub) => Promise<string | undefined>;
  readonly authenticators: (sub: Sub) => Promise<Result<readonly ListedAuthenticator[], AuthsignalProblem>>;
  /** The actions since a time; Authsignal looks back thirty days at most. */
  readonly actions: (
    sub: Sub,
    sinceMs: number,
  ) => Promise<Result<readonly ListedAction[], AuthsignalProblem>>;
}

const time = z.pipe(
  z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)))),
  z.transform((text) => Date.parse(text)),
);
const Authenticators = z.array(
  z.object({
    userAuthenticatorId: z.string().check(z.minLength(1), z.maxLength(128)),
    verificationMethod: z.optional(z.string()),
    createdAt: time,
  }),
);
const Actions = z.array(
  z.object({
    actionCode: z.string(),
    idempotencyKey: z.string(),
    state: z.string(),
    createdAt: time,
    stateUpdatedAt: z.optional(time),
    verificationMethod: z.optional(z.string()),
  }),
);

/** The same SDK as the gateway's, under the same bounds (design decision 12); loaded when it is first needed. */
export function userApi(options: SdkOptions): UserApi {
  const keys = sdkWithKeys(options);
  const question = (put: Question) => withDeadline(options.deadlineMs, (isOver) => keys.ask(put, isOver));
  return {
    async revokeSessions(sub) {
      const answer = await question((sdk) => sdk.revokeUserSessions({ userId: sub }));
      return answer.ok ? undefined : `Authsignal: ${answer.error.reason}`;
    },
    async authenticators(sub) {
      const answer = await question((sdk) => sdk.getAuthenticators({ userId: sub }));
      return read(answer, Authenticators, (listed) =>
        listed.map(({ userAuthenticatorId, verificationMethod, createdAt }) => ({
          id: userAuthenticatorId,
          verificationMethod,
          createdAtMs: createdAt,
        })),
      );
    },
    async actions(sub, sinceMs) {
      const fromDate = new Date(sinceMs).toISOString();
      const answer = await question((sdk) => sdk.queryUserActions({ userId: sub, fromDate }));
      return read(answer, Actions, (listed) =>
        listed.map(
          ({ actionCode, createdAt, stateUpdatedAt, idempotencyKey, state, verificationMethod }) => ({
            action: actionCode,
            idempotencyKey,
            state,
            stateAtMs: stateUpdatedAt ?? createdAt,
            verificationMethod,
          }),
        ),
      );
    },
  };
}

function read<Listed, Wanted>(
  answer: Result<unknown, AuthsignalProblem>,
  schema: z.ZodMiniType<Listed>,
  take: (listed: Listed) => Wanted,
): Result<Wanted, AuthsignalProblem> {
  if (!answer.ok) {
    return answer;
  }
  const parsed = schema.safeParse(answer.value);
  return parsed.success ? ok(take(parsed.data)) : fail({ reason: "bad_answer" });
}
