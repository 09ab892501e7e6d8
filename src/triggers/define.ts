import type { TriggerClients } from "./config.ts";
import type { DefineEvent } from "./events.ts";
import { progressOf } from "./progress.ts";

/** DefineAuthChallenge's answer; exactly one of the three says something. */
export interface Definition {
  readonly challengeName?: "CUSTOM_CHALLENGE" | "PASSWORD_VERIFIER";
  readonly issueTokens: boolean;
  readonly failAuthentication: boolean;
  /** For the record. */
  readonly reason?: string;
}

/**
 * DefineAuthChallenge: what comes next in a sign-in. A client that is not configured goes nowhere, and so does any
 * order of steps that these triggers do not make. Unknown users walk the same way and never arrive.
 */
export function defineAuthChallenge(event: DefineEvent, clients: TriggerClients): Definition {
  const client = clients.get(event.callerContext.clientId);
  if (client === undefined) {
    return fail("client_not_configured");
  }
  const progress = progressOf(event.request.session ?? [], client);
  switch (progress.next) {
    case "password":
      return { challengeName: "PASSWORD_VERIFIER", issueTokens: false, failAuthentication: false };
    case "prepare":
    case "challenge":
      return { challengeName: "CUSTOM_CHALLENGE", issueTokens: false, failAuthentication: false };
    case "tokens":
      return event.request.userNotFound === true
        ? fail("no_such_user")
        : { issueTokens: true, failAuthentication: false };
    case "refuse":
      return fail(progress.reason);
    default:
      return progress satisfies never;
  }
}

function fail(reason: string): Definition {
  return { issueTokens: false, failAuthentication: true, reason };
}
