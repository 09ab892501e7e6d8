import { fail, ok, type Result } from "../http/result.ts";
import type { Sub } from "../identity/principal.ts";
import type { Enrolled } from "../ledger/authenticator-list.ts";
import { withDeadline } from "./asking.ts";
import { readEnrolled } from "./enrolled.ts";
import { sdkWithKeys, type SdkOptions } from "./keys.ts";
import type { AuthsignalProblem } from "./port.ts";
import { readUserActions, type UserAction } from "./user-actions.ts";

/** What the webhook Worker asks of Authsignal about one user. */
export interface UserApi {
  /**
   * Ends Authsignal's own sessions of the user. Gives why it has to be tried again, without a secret, or nothing once
   * it is done; never rejects.
   */
  readonly revokeSessions: (sub: Sub) => Promise<string | undefined>;
  /** The user's authenticators; `bad_answer` when the answer is not wholly as documented. Never rejects. */
  readonly authenticators: (sub: Sub) => Promise<Result<readonly Enrolled[], AuthsignalProblem>>;
  /** The user's actions since a time, the latest first; `bad_answer` as above. Never rejects. */
  readonly actions: (sub: Sub, sinceMs: number) => Promise<Result<readonly UserAction[], AuthsignalProblem>>;
}

/** The same SDK as the gateway's, under the same bounds (design decision 12); loaded when it is first needed. */
export function userApi(options: SdkOptions): UserApi {
  const keys = sdkWithKeys(options);
  return {
    async revokeSessions(sub) {
      const answer = await withDeadline(options.deadlineMs, (isOver) =>
        keys.ask((sdk) => sdk.revokeUserSessions({ userId: sub }), isOver),
      );
      return answer.ok ? undefined : `Authsignal: ${answer.error.reason}`;
    },
    async authenticators(sub) {
      const answer = await withDeadline(options.deadlineMs, (isOver) =>
        keys.ask((sdk) => sdk.getAuthenticators({ userId: sub }), isOver),
      );
      if (!answer.ok) {
        return answer;
      }
      const list = readEnrolled(answer.value, sub);
      return list === undefined ? fail({ reason: "bad_answer" }) : ok(list);
    },
    async actions(sub, sinceMs) {
      const fromDate = new Date(sinceMs).toISOString();
      const answer = await withDeadline(options.deadlineMs, (isOver) =>
        keys.ask((sdk) => sdk.queryUserActions({ userId: sub, fromDate }), isOver),
      );
      if (!answer.ok) {
        return answer;
      }
      const list = readUserActions(answer.value, sub);
      return list === undefined ? fail({ reason: "bad_answer" }) : ok(list);
    },
  };
}
