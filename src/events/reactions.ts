import type {
  AuthenticatorChange,
  EventReactions,
  LedgerEffect,
  LedgerReaction,
  OutsideEffect,
} from "../ledger/event-reactions.ts";
import { durationSeconds } from "../policy/duration.ts";
import type { Reaction, ReactionEffect } from "../policy/schema.ts";
import { holds } from "./condition.ts";
import type { AuthsignalEvent } from "./event.ts";
import { isFollowedAction } from "./followed-action.ts";

const MS_PER_SECOND = 1000;

/** The reactions of the policy that an event calls for: by its type and the condition. Pure; in the policy's order. */
export function reactionsTo(event: AuthsignalEvent, reactions: readonly Reaction[]): readonly Reaction[] {
  return reactions.filter((reaction) => reaction.on.includes(event.type) && holds(reaction.where, event));
}

/** What the user's ledger is told about an event; thresholds and marks are its own business. */
export function eventReactions(event: AuthsignalEvent, reactions: readonly Reaction[]): EventReactions {
  return {
    eventId: event.id,
    reason: event.type,
    atMs: event.atMs,
    idempotencyKey: "idempotencyKey" in event ? event.idempotencyKey : undefined,
    authenticator: authenticatorChange(event),
    isAction: isFollowedAction(event),
    reactions: reactions.map(ledgerReaction),
  };
}

/** What the ledger follows of authenticators. An update changes nothing of that. */
export function authenticatorChange(event: AuthsignalEvent): AuthenticatorChange | undefined {
  if (event.kind !== "authenticator" || event.authenticatorId === undefined) {
    return undefined;
  }
  const { authenticatorId: id, verificationMethod: method } = event;
  switch (event.type) {
    case "authenticator.created":
      return { id, change: "created", method };
    case "authenticator.deleted":
      return { id, change: "deleted", method };
    case "authenticator.updated":
      return undefined;
  }
}

/** Whether an event does anything to the ledger, or is counted there: that is done at receipt already (decision 14). */
export function concernsLedger(reactions: readonly Reaction[]): boolean {
  return reactions.some(
    (reaction) => reaction.threshold !== undefined || reaction.do.some((effect) => isLedgerEffect(effect)),
  );
}

function ledgerReaction(reaction: Reaction): LedgerReaction {
  const effects = [...new Set(reaction.do)];
  return {
    reaction: reaction.id,
    threshold: reaction.threshold && {
      count: reaction.threshold.count,
      withinMs: durationSeconds(reaction.threshold.within) * MS_PER_SECOND,
    },
    effects: effects.filter(isLedgerEffect),
    outside: effects.filter(isOutsideEffect),
  };
}

const PLACES = {
  "revoke-session": "ledger",
  "revoke-user": "ledger",
  "revoke-others": "ledger",
  "end-grants": "ledger",
  "require-step-up": "ledger",
  "sign-out-cognito": "outside",
  "disable-user": "outside",
  "revoke-authsignal-sessions": "outside",
  alert: "outside",
  record: "outside",
} as const satisfies Record<ReactionEffect, "ledger" | "outside">;

function isLedgerEffect(effect: ReactionEffect): effect is LedgerEffect {
  return PLACES[effect] === "ledger";
}

function isOutsideEffect(effect: ReactionEffect): effect is OutsideEffect {
  return PLACES[effect] === "outside";
}
