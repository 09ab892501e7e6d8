import type { Sub } from "../identity/principal.ts";
import { withDeadline } from "./asking.ts";
import { sdkWithKeys, type SdkOptions } from "./keys.ts";

/** What the webhook Worker asks of Authsignal about one user. */
export interface UserApi {
  /**
   * Ends Authsignal's own sessions of the user. Gives why it has to be tried again, without a secret, or nothing once
   * it is done; never rejects.
   */
  readonly revokeSessions: (sub: Sub) => Promise<string | undefined>;
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
  };
}
