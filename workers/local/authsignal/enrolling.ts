import { complete } from "./completion.ts";
import type { Context } from "./context.ts";
import type { Authenticator, Method, TrackedAction } from "./model.ts";
import type { PendingEnrolment } from "./pending-enrolments.ts";
import type { AuthenticatorDetails } from "./state.ts";

/** What is being enrolled for an action. While a challenge is owed nothing is: a new authenticator must not answer it. */
export function pendingOf(
  { client }: Context,
  action: TrackedAction,
  method: Method,
): PendingEnrolment | undefined {
  return action.state === "CHALLENGE_REQUIRED" ? undefined : client.pending.get(action, method);
}

export interface Enrolled {
  readonly authenticator: Authenticator;
  /** A fresh token; none when the `action.verify` webhook refused. */
  readonly token: string | undefined;
}

/**
 * Adds a proven authenticator, tells the webhook, and completes the action with it unless that was completed before.
 */
export async function enrol(
  context: Context,
  action: TrackedAction,
  details: AuthenticatorDetails,
): Promise<Enrolled> {
  const { store, client, webhooks, tokens } = context;
  const user = store.ensureUser(action.userId);
  const { email, phoneNumber, verificationMethod } = details;
  if (email !== undefined) {
    user.email ??= email;
    user.emailVerified ||= user.email === email;
  }
  if (phoneNumber !== undefined) {
    user.phoneNumber ??= phoneNumber;
    user.phoneNumberVerified ||= user.phoneNumber === phoneNumber;
  }
  client.pending.end(action, verificationMethod);
  const authenticator = store.addAuthenticator(action.userId, details);
  webhooks.authenticatorEvent("authenticator.created", authenticator);
  if (action.state === "CHALLENGE_SUCCEEDED") {
    return { authenticator, token: await tokens.issue(action, action.scope) };
  }
  const completion = await complete(context, action, authenticator);
  return { authenticator, token: completion.kind === "succeeded" ? completion.token : undefined };
}
