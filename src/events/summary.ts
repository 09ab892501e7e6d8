import type { ReactionEffect } from "../policy/schema.ts";
import type { AuthsignalEvent } from "./event.ts";

/** One or two sentences for the person who reads an alert: what happened to whom, and what was done about it. */
export function summaryOf(event: AuthsignalEvent, done: readonly ReactionEffect[]): string {
  const user = event.sub === undefined ? "" : ` of user ${event.sub}`;
  const consequences = [
    done.includes("revoke-user") && event.sub !== undefined ? "All sessions from before it are ended." : "",
    done.includes("end-grants") && event.sub !== undefined ? "Earlier step-ups no longer count." : "",
  ];
  return [`${whatHappened(event, user)}.`, ...consequences].filter((sentence) => sentence !== "").join(" ");
}

function whatHappened(event: AuthsignalEvent, user: string): string {
  switch (event.kind) {
    case "authenticator": {
      const method = event.verificationMethod === undefined ? "" : ` (${event.verificationMethod})`;
      return `An authenticator${method}${user} was ${AUTHENTICATOR_VERBS[event.type]}`;
    }
    case "action-verify":
      return `A challenge${user} for the action ${event.action} is about to be passed`;
    case "action-log":
      return `The action ${event.action}${user} ended${event.state === undefined ? "" : ` as ${event.state}`}`;
    case "challenge-log":
      return `A challenge${user} for the action ${event.action} reported ${event.what ?? "something"}`;
    case "unknown":
      return `Authsignal reported ${event.type}${user}`;
    default:
      return event satisfies never;
  }
}

const AUTHENTICATOR_VERBS = {
  "authenticator.created": "added",
  "authenticator.updated": "changed",
  "authenticator.deleted": "removed",
} as const;
