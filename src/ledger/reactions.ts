import { hear } from "./actions.ts";
import { learn } from "./authenticators.ts";
import {
  effectMark,
  type EventReactions,
  type LedgerEffect,
  type LedgerReaction,
  type OutsideEffect,
  type ReactionOutcome,
} from "./event-reactions.ts";
import { endGrants } from "./grants.ts";
import { enrollingSession, revokeOthers, sessionOfChallenge } from "./others.ts";
import { endPassed } from "./passed.ts";
import { lease, unmarked } from "./leases.ts";
import { applyRevocation, markOnce } from "./revocations.ts";
import { demandStepUp } from "./step-up-demand.ts";
import { rememberEffectMs } from "./sweep.ts";
import { settle, sight } from "./thresholds.ts";

const NOT_ASKED = { pending: [], busy: [], leasedUntilMs: 0 } as const;
const NOTHING = { applied: [], ...NOT_ASKED } as const;

/**
 * Applies what the policy does to a ledger about one event: thresholds, marks and effects. The caller runs it in one
 * transaction, so that an effect and its mark are there together or not at all.
 *
 * @param lifeMs how long after a sign-in a token of it can still verify.
 */
export function applyReactions(
  sql: SqlStorage,
  event: EventReactions,
  nowMs: number,
  lifeMs: number,
): ReactionOutcome[] {
  if (event.isAction === true && event.isQueued === true) {
    hear(sql, event.eventId, nowMs);
  }
  if (event.authenticator !== undefined && learn(sql, event, event.authenticator, nowMs)) {
    return event.reactions.map(({ reaction }) => ({ reaction, fires: false, ...NOTHING }));
  }
  const atMs = Math.min(event.atMs, nowMs);
  // Read before anything is applied: a revocation forgets the challenge that names the session.
  const challenged =
    event.idempotencyKey === undefined ? undefined : sessionOfChallenge(sql, event.idempotencyKey);
  const current =
    challenged ?? (event.reason === "authenticator.created" ? enrollingSession(sql, atMs) : undefined);
  return event.reactions.map((reaction) => {
    const sighted =
      reaction.threshold === undefined
        ? ({ fires: true, atMs, isSettled: false } as const)
        : sight(sql, reaction.reaction, { id: event.eventId, atMs }, reaction.threshold, nowMs);
    if (!sighted.fires) {
      const late = sighted.isLate === true ? { isLate: true as const } : {};
      return { reaction: reaction.reaction, fires: false, ...NOTHING, ...late };
    }
    if (sighted.isSettled) {
      return { reaction: reaction.reaction, fires: true, ...NOTHING };
    }
    const applied = reaction.effects.filter(
      (effect) =>
        isPossible(effect, current) &&
        markOnce(sql, effectMark(effect, event.eventId, reaction.reaction), nowMs) &&
        applyEffect(sql, effect, { event, atMs: sighted.atMs, nowMs, current }),
    );
    if (event.isQueued !== true) {
      return { reaction: reaction.reaction, fires: true, applied, ...NOT_ASKED };
    }
    const left = leftOf(sql, event, reaction, nowMs);
    if (left.pending.length + left.busy.length === 0) {
      settle(sql, reaction.reaction, event.eventId, nowMs + rememberEffectMs(lifeMs));
    }
    return { reaction: reaction.reaction, fires: true, applied, ...left };
  });
}

/** Applies events in the order of their own times, each in one transaction; gives the outcomes in the order given. */
export function reactInOrder(
  storage: DurableObjectStorage,
  events: readonly EventReactions[],
  nowMs: number,
  lifeMs: number,
): ReactionOutcome[][] {
  const outcomes = new Map<EventReactions, ReactionOutcome[]>();
  for (const event of events.toSorted((first, second) => first.atMs - second.atMs)) {
    outcomes.set(
      event,
      storage.transactionSync(() => applyReactions(storage.sql, event, nowMs, lifeMs)),
    );
  }
  return events.map((event) => outcomes.get(event) ?? []);
}

/** The session of an event that names none cannot be ended; nothing else is ended in its place. */
function isPossible(effect: LedgerEffect, current: string | undefined): boolean {
  return effect !== "revoke-session" || current !== undefined;
}

type Session = ReturnType<typeof sessionOfChallenge>;

/** Always true: the mark was new, so this is the one time. */
function applyEffect(
  sql: SqlStorage,
  effect: LedgerEffect,
  of: {
    readonly event: EventReactions;
    readonly atMs: number;
    readonly nowMs: number;
    readonly current: Session;
  },
): true {
  const { atMs, nowMs, current, event } = of;
  const { eventId: id, reason } = event;
  switch (effect) {
    case "revoke-session":
      if (current !== undefined) {
        applyRevocation(sql, { id, scope: current, beforeMs: atMs, reason }, nowMs);
      }
      return true;
    case "revoke-user":
      applyRevocation(sql, { id, scope: "user", beforeMs: atMs, reason }, nowMs);
      return true;
    case "revoke-others":
      // Where nobody can say which session is the current one, none is spared.
      if (current === undefined) {
        applyRevocation(sql, { id, scope: "user", beforeMs: atMs, reason }, nowMs);
      } else {
        revokeOthers(sql, current, atMs, reason);
      }
      return true;
    case "end-grants":
      // A step-up that came after the event is not what the event was about.
      endGrants(sql, atMs);
      endPassed(sql, ["step-up"], atMs, nowMs);
      return true;
    case "require-step-up":
      demandStepUp(sql, atMs);
      endPassed(sql, ["step-up", "review"], atMs, nowMs);
      return true;
    default:
      return effect satisfies never;
  }
}

/** What is to be done elsewhere: leased to whoever asks, if they will say what became of it. */
function leftOf(
  sql: SqlStorage,
  { eventId, takesLeases }: EventReactions,
  { reaction, outside }: LedgerReaction,
  nowMs: number,
) {
  const markOf = (effect: OutsideEffect) => effectMark(effect, eventId, reaction);
  const among = (marks: readonly string[]) => outside.filter((effect) => marks.includes(markOf(effect)));
  const marks = outside.map(markOf);
  if (takesLeases !== true) {
    return { ...NOT_ASKED, pending: among(unmarked(sql, marks)) };
  }
  const { mine, busy, leasedUntilMs } = lease(sql, marks, nowMs);
  return { pending: among(mine), busy: among(busy), leasedUntilMs };
}
