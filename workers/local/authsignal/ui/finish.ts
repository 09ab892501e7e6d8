import { complete } from "../completion.ts";
import type { Context } from "../context.ts";
import type { Authenticator, TrackedAction } from "../model.ts";
import { seeOther } from "../page.ts";
import { uiHref } from "./address.ts";
import { wayBack } from "./visit.ts";
import type { Visit } from "./visit.ts";

/** Completes the challenge and leads on; back to the page when the `action.verify` webhook refuses. */
export async function succeed(
  context: Context,
  visit: Visit,
  authenticator: Authenticator,
): Promise<Response> {
  const completion = await complete(context, visit.action, authenticator);
  return completion.kind === "succeeded"
    ? leadOn(context, visit, completion.token)
    : seeOther(
        uiHref("/challenge", visit, { authenticator: authenticator.userAuthenticatorId, problem: "refused" }),
      );
}

/** Where someone goes after a success: to the offer of a passkey, the settings, or back to the app. */
export function leadOn(context: Context, visit: Visit, token: string): Response {
  const bearer = { token, popup: visit.popup };
  if (isOffered(context, visit.action)) {
    return seeOther(uiHref("/challenge/offer", bearer));
  }
  return visit.action.redirectToSettings === true
    ? seeOther(uiHref("/challenge/settings", bearer))
    : leave(visit, token);
}

/** Hands the token to the app: by the redirect, or by the last page of the popup. */
export function leave({ action, popup }: Visit, token: string): Response {
  const bearer = { token, popup };
  if (popup !== undefined) {
    return seeOther(uiHref("/challenge/done", bearer));
  }
  const back = wayBack(action, token);
  return seeOther(
    back ?? (action.state === "CHALLENGE_REQUIRED" ? "/challenge/left" : uiHref("/challenge", bearer)),
  );
}

/** Whether the action asks to offer a passkey to those who have none (reference 5.1). */
function isOffered({ store }: Context, action: TrackedAction): boolean {
  return (
    action.state === "CHALLENGE_SUCCEEDED" &&
    action.promptToEnrollVerificationMethods?.includes("PASSKEY") === true &&
    !store.authenticatorsOf(action.userId).some((one) => one.verificationMethod === "PASSKEY")
  );
}
