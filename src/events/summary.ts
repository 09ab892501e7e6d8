import type { ReactionEffect } from "../policy/schema.ts";
import type { AuthsignalEvent } from "./event.ts";

/** One or two sentences for the person who reads an alert: what happened to whom, and what the policy does about it. */
export function summaryOf(event: AuthsignalEvent, effects: readonly ReactionEffect[]): string {
  const user = event.sub === undefined ? "" : ` of user ${event.sub}`;
  const consequences =
    event.sub === undefined ? [] : [...new Set(effects)].map((effect) => CONSEQUENCES[effect]);
  return [`${whatHappened(event, user)}.`, ...consequences].filter((sentence) => sentence !== "").join(" ");
}

const CONSEQUENCES: Readonly<Record<ReactionEffect, string>> = {
  "revoke-session": "Its session is ended.",
  "revoke-user": "All sessions from before it are ended.",
  "revoke-others": "All other sessions from before it are ended.",
  "end-grants": "Earlier step-ups no longer count.",
  "require-step-up": "The next sensitive request is challenged.",
  "sign-out-cognito": "Cognito is told to end the user's tokens.",
  "disable-user": "Cognito is told to disable the account.",
  "revoke-authsignal-sessions": "Authsignal is told to end its own sessions.",
  alert: "",
  record: "",
};

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
