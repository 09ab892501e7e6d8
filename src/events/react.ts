import type { AuditRecord } from "../audit/record.ts";
import type { Sub } from "../identity/principal.ts";
import {
  effectMark,
  OUTSIDE_EFFECTS,
  type EventReactions,
  type Finished,
  type Leases,
  type OutsideEffect,
  type ReactionOutcome,
} from "../ledger/event-reactions.ts";
import type { Ledger } from "../ledger/port.ts";
import type { Reaction } from "../policy/schema.ts";
import type { AuthsignalEvent } from "./event.ts";
import { authenticatorChange, concernsLedger, eventReactions, reactionsTo } from "./reactions.ts";
import type { Outside } from "./outside.ts";

/** The part of a ledger that reacting needs. */
export type ReactingLedger = Pick<Ledger, "react" | "finishEffects">;

/** Remembers the effects of events that are of no user. */
export interface Nobody extends Pick<Ledger, "finishEffects"> {
  leaseEffects(marks: readonly string[]): Promise<Leases>;
}

/** What effects are applied with. */
export interface ReactPorts {
  readonly ledgerOf: (sub: Sub) => ReactingLedger;
  readonly nobody: Nobody;
  readonly outside: Outside;
  readonly record: AuditRecord;
}

/** An effect that has to be tried again, with a reason that holds no secret. */
export interface FailedEffect {
  readonly effect: OutsideEffect | "ledger";
  readonly reaction: string;
  readonly reason: string;
  /** Set when it did not fail: another copy of the event is at it. */
  readonly isUnderWay?: true;
}

/**
 * Carries out what the policy does about one event: the ledger first, then what is elsewhere; an effect that fails
 * holds up no other. Gives those that failed, and those that another copy of the event is at. Whoever called tries all
 * again, which is safe: the ledger applies each effect once, and lets each that is elsewhere be done by one at a time,
 * and never again once it is done.
 */
export async function react(
  event: AuthsignalEvent,
  policy: readonly Reaction[],
  ports: ReactPorts,
): Promise<readonly FailedEffect[]> {
  const reactions = reactionsTo(event, policy);
  // The ledger follows authenticators whatever the policy says of them.
  if (reactions.length === 0 && authenticatorChange(event) === undefined) {
    return [];
  }
  const outcomes = await outcomesOf(event, reactions, ports);
  if (outcomes === undefined) {
    return [{ effect: "ledger", reaction: "", reason: "the ledger did not answer" }];
  }
  for (const { reaction } of outcomes.filter(({ isLate }) => isLate)) {
    ports.record({
      event: "event_refused",
      requestId: `${event.id}/${reaction}`,
      reason: "it came too late to count towards the threshold",
      ...(event.sub === undefined ? {} : { sub: event.sub }),
    });
  }
  const failed: FailedEffect[] = outcomes.flatMap(({ reaction, busy }) =>
    // A gateway of before says nothing of it.
    ((busy as typeof busy | undefined) ?? []).map((effect) => ({
      effect,
      reaction,
      reason: "another copy of the event is at it",
      isUnderWay: true as const,
    })),
  );
  const telling: Promise<void>[] = [];
  for (const effect of OUTSIDE_EFFECTS) {
    const wanting = outcomes
      .filter(({ pending }) => pending.includes(effect))
      .map((outcome) => reactions.find(({ id }) => id === outcome.reaction))
      .filter((reaction) => reaction !== undefined);
    // To sign a user out twice for two reactions to one event would spend a quota for nothing; two alerts are two.
    const turns = effect === "alert" || effect === "record" ? wanting.map((one) => [one]) : [wanting];
    for (const turn of turns) {
      const [first] = turn;
      if (first === undefined) {
        continue;
      }
      const problem = await ports.outside(effect, event, first);
      const marks = turn.map(({ id }) => effectMark(effect, event.id, id));
      // At once: whatever becomes of this run, what was done is not done again.
      const finished = {
        ...(problem === undefined ? { done: marks, failed: [] } : { done: [], failed: marks }),
        leasedUntilMs: outcomes[0]?.leasedUntilMs ?? 0, // the same of all: they were leased in one call
      };
      telling.push(finish(event.sub, finished, ports));
      if (problem !== undefined) {
        failed.push(...turn.map(({ id }) => ({ effect, reaction: id, reason: problem })));
        ports.record({
          event: "reaction_failed",
          requestId: `${event.id}/${first.id}`,
          ...(event.sub === undefined ? {} : { sub: event.sub }),
          reason: `${effect}: ${problem}`,
        });
      }
    }
  }
  await Promise.all(telling);
  return failed;
}

/**
 * Applies to the ledgers alone what the policy does there, for all events of a delivery: one call for each user. What
 * fails here is done by the queue's consumer. Never rejects.
 */
export async function reactAtOnce(
  events: readonly AuthsignalEvent[],
  policy: readonly Reaction[],
  ports: Pick<ReactPorts, "ledgerOf" | "record">,
): Promise<void> {
  const byUser = new Map<Sub, { event: AuthsignalEvent; reactions: readonly Reaction[] }[]>();
  for (const event of events) {
    const reactions = reactionsTo(event, policy);
    if (event.sub !== undefined && concernsLedger(reactions)) {
      byUser.set(event.sub, [...(byUser.get(event.sub) ?? []), { event, reactions }]);
    }
  }
  await Promise.allSettled(
    [...byUser].map(async ([sub, ofUser]) => {
      const told = ofUser.map(({ event, reactions }) => eventReactions(event, reactions));
      const outcomes = await ports.ledgerOf(sub).react(told);
      for (const [index, { event }] of ofUser.entries()) {
        recordApplied(event, outcomes[index] ?? [], ports.record);
      }
    }),
  );
}

/** Undefined when the ledger did not answer. An event without a user has no ledger, and nobody to count for. */
async function outcomesOf(
  event: AuthsignalEvent,
  reactions: readonly Reaction[],
  ports: ReactPorts,
): Promise<readonly ReactionOutcome[] | undefined> {
  const told = eventReactions(event, reactions);
  try {
    if (event.sub === undefined) {
      return await outcomesOfNobody(told, ports.nobody);
    }
    const [outcomes] = await ports
      .ledgerOf(event.sub)
      .react([{ ...told, isQueued: true, takesLeases: true }]);
    recordApplied(event, outcomes ?? [], ports.record);
    return outcomes;
  } catch {
    return undefined;
  }
}

async function outcomesOfNobody(
  { eventId, reactions }: EventReactions,
  nobody: Nobody,
): Promise<readonly ReactionOutcome[]> {
  const wanted = reactions
    .filter(({ threshold }) => threshold === undefined)
    .flatMap(({ reaction, outside }) =>
      outside
        .filter((effect) => effect === "alert" || effect === "record")
        .map((effect) => ({ reaction, effect, mark: effectMark(effect, eventId, reaction) })),
    );
  const { mine, busy, leasedUntilMs } = await nobody.leaseEffects(wanted.map(({ mark }) => mark));
  const among = (marks: readonly string[], name: string) =>
    wanted
      .filter(({ reaction, mark }) => reaction === name && marks.includes(mark))
      .map(({ effect }) => effect);
  return reactions.map(({ reaction, threshold }) => ({
    reaction,
    fires: threshold === undefined,
    applied: [],
    pending: among(mine, reaction),
    busy: among(busy, reaction),
    leasedUntilMs,
  }));
}

/** Only the first time is recorded: at receipt, usually; in the queue, when the ledger did not answer then. */
function recordApplied(
  { id, sub }: AuthsignalEvent,
  outcomes: readonly ReactionOutcome[],
  record: AuditRecord,
): void {
  for (const { reaction, applied } of outcomes) {
    for (const effect of applied) {
      record({
        event: "revoked",
        requestId: `${id}/${reaction}`,
        ...(sub === undefined ? {} : { sub }),
        reason: effect,
      });
    }
  }
}

/** Where it cannot be remembered, it happens again at worst when the event comes again: each effect is safe to repeat. */
async function finish(sub: Sub | undefined, finished: Finished, ports: ReactPorts): Promise<void> {
  const whose = sub === undefined ? ports.nobody : ports.ledgerOf(sub);
  const tell = () => whose.finishEffects(finished);
  await tell()
    .catch(tell)
    .catch(() => undefined);
}
