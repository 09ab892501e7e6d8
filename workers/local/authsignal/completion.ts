import type { Context } from "./context.ts";
import type { Authenticator, Method, TrackedAction } from "./model.ts";

export type Completion =
  | { readonly kind: "succeeded"; /** A fresh token, the one to validate. */ readonly token: string }
  /** The `action.verify` webhook refused or did not answer: the challenge stays open. */
  | { readonly kind: "refused" };

/**
 * The one place where a right answer becomes CHALLENGE_SUCCEEDED: the client API, the pre-built UI and the phone all
 * end here, whatever the method.
 */
export async function complete(
  context: Context,
  action: TrackedAction,
  authenticator: Authenticator,
): Promise<Completion> {
  const { verificationMethod, userAuthenticatorId } = authenticator;
  return (await mayComplete(context, action, verificationMethod, userAuthenticatorId))
    ? succeed(context, action, () => context.store.succeed(action, authenticator))
    : { kind: "refused" };
}

/** The same for an address that is nobody's authenticator: a code that the server API sent. */
export async function completeByMethod(
  context: Context,
  action: TrackedAction,
  verificationMethod: Method,
): Promise<Completion> {
  return (await mayComplete(context, action, verificationMethod))
    ? succeed(context, action, () => {
        action.verificationMethod = verificationMethod;
        context.store.setActionState(action, "CHALLENGE_SUCCEEDED");
      })
    : { kind: "refused" };
}

/** Asks the webhook of the action's configuration, if it has one (reference 6.2). */
async function mayComplete(
  { store, webhooks, nowMs }: Context,
  action: TrackedAction,
  verificationMethod: Method,
  userAuthenticatorId?: string,
): Promise<boolean> {
  const url = store.configurations.get(action.actionCode)?.verificationWebhookUrl;
  if (url === undefined) {
    return true;
  }
  const { userId, actionCode, idempotencyKey, state } = action;
  const accepted = await webhooks.ask(url, "action.verify", {
    userId,
    action: actionCode,
    idempotencyKey,
    verifiedAt: new Date(nowMs()).toISOString(),
    state: "CHALLENGE_SUCCEEDED",
    verificationMethod,
    ...(userAuthenticatorId === undefined ? {} : { userAuthenticatorId }),
  });
  // Somebody may have blocked the action while the webhook thought about it.
  return accepted && action.state === state && store.action(action) === action;
}

async function succeed({ tokens }: Context, action: TrackedAction, change: () => void): Promise<Completion> {
  change();
  return { kind: "succeeded", token: await tokens.issue(action, action.scope) };
}
