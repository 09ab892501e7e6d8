import { fail, ok, type Result } from "../http/result.ts";
import type { TriggerClients } from "./config.ts";
import type { PreSignUpEvent } from "./events.ts";
import type { Refusal } from "./refusal.ts";

/**
 * PreSignUp: refuses people who sign up by themselves where the client is closed, and changes nothing otherwise.
 * Nobody is confirmed and no address taken as verified by it: whoever signs up with another's address would own the
 * account that the other later proves.
 */
export function preSignUp(
  event: PreSignUpEvent,
  clients: TriggerClients,
): Result<Record<string, never>, Refusal> {
  const isClosed = clients.get(event.callerContext.clientId)?.signUp === "closed";
  return isClosed && event.triggerSource === "PreSignUp_SignUp"
    ? fail({ code: "sign_up_closed", reason: "closed" })
    : ok({});
}
