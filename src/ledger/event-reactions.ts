/** What a reaction does to the ledger itself. */
export type LedgerEffect =
  | "revoke-session"
  | "revoke-user"
  | "revoke-others"
  | "end-grants"
  | "require-step-up";

/** What a reaction does elsewhere, in the order in which it happens: what ends access first, what tells of it last. */
export const OUTSIDE_EFFECTS = [
  "sign-out-cognito",
  "disable-user",
  "revoke-authsignal-sessions",
  "record",
  "alert",
] as const;
export type OutsideEffect = (typeof OUTSIDE_EFFECTS)[number];

/** One event as the ledger of its user sees it, with the reactions of the policy that it calls for. */
export interface EventReactions {
  readonly eventId: string;
  /** The event's type. */
  readonly reason: string;
  /** When it happened; a time in the future counts as now. */
  readonly atMs: number;
  /** Authsignal's idempotency key, which is the challenge's id if the gateway started it. */
  readonly idempotencyKey: string | undefined;
  /** What it says of an authenticator: the ledger follows which there are. */
  readonly authenticator?: AuthenticatorChange | undefined;
  /** Set when it tells the state of an action that a comparison would find. */
  readonly isAction?: boolean;
  /** Set when it came out of the queue: all it calls for will be done now, and no comparison has to find it any more. */
  readonly isQueued?: boolean;
  /** Set by whoever will say by `finishEffects` what became of what is pending; a Worker of before does not. */
  readonly takesLeases?: boolean;
  readonly reactions: readonly LedgerReaction[];
}

/** An authenticator that came or went. */
export interface AuthenticatorChange {
  readonly id: string;
  readonly change: "created" | "deleted";
  readonly method: string | undefined;
}

/** One reaction of the policy. */
export interface LedgerReaction {
  /** Its name in the policy. */
  readonly reaction: string;
  readonly threshold: { readonly count: number; readonly withinMs: number } | undefined;
  readonly effects: readonly LedgerEffect[];
  readonly outside: readonly OutsideEffect[];
}

/** What became of one reaction. The same however often the event comes, but for what is left to do. */
export interface ReactionOutcome {
  readonly reaction: string;
  /** False while its threshold is not reached. */
  readonly fires: boolean;
  /** Set where it came too late to be counted towards the threshold. */
  readonly isLate?: true;
  /** What was applied just now. */
  readonly applied: readonly LedgerEffect[];
  /** What whoever asked has to do elsewhere now, and then to settle; empty for an event that is not out of the queue. */
  readonly pending: readonly OutsideEffect[];
  /** What another copy of the event is doing elsewhere at this moment. */
  readonly busy: readonly OutsideEffect[];
  /** Names the run that what is pending is leased to. */
  readonly leasedUntilMs: number;
}

/** Longer than all effects of one event take, each with its deadline; a run that broke off keeps others waiting so long. */
export const LEASE_MS = 60_000;

/** What a run may carry out elsewhere of the effects that it asked for, by their marks. What is done is in neither. */
export interface Leases {
  readonly mine: readonly string[];
  /** Another run is at it. Whether it comes to its end is not known yet. */
  readonly busy: readonly string[];
  readonly leasedUntilMs: number;
}

/** What became of leased effects, by their marks. */
export interface Finished {
  /** Of the run that it was leased to: what another has leased since is not given back. */
  readonly leasedUntilMs: number;
  readonly done: readonly string[];
  /** May be leased again at once. */
  readonly failed: readonly string[];
}

/** The mark of one effect: an event's effect of one kind in one reaction happens once. */
export function effectMark(effect: LedgerEffect | OutsideEffect, eventId: string, reaction: string): string {
  return `${effect}:${eventId}/${reaction}`;
}

/** Of which event and reaction a mark is. A name in the policy has no slash. */
export function markedOf(mark: string): { readonly eventId: string; readonly reaction: string } {
  const nameAt = mark.lastIndexOf("/");
  return { eventId: mark.slice(mark.indexOf(":") + 1, nameAt), reaction: mark.slice(nameAt + 1) };
}
