import type { Carrier, SessionId, Sub } from "../identity/principal.ts";
import type { ActionLook } from "./action-look.ts";
import type { Difference, EnrolledList } from "./authenticator-list.ts";
import type { Demand } from "./demand.ts";
import type { EventReactions, Finished, ReactionOutcome } from "./event-reactions.ts";

/** The id of a challenge, which is also its Authsignal idempotency key. */
export type ChallengeId = string & { readonly __brand: "ChallengeId" };

/** Brands a challenge id (a UUID), else gives `undefined`. */
export function parseChallengeId(value: unknown): ChallengeId | undefined {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
  // The one place a ChallengeId is made from text: the pattern just matched.
  return typeof value === "string" && uuid.test(value) ? (value as ChallengeId) : undefined;
}

/** A challenge's life (design decision 8); `transitions.ts` holds which state may follow which. */
export type ChallengeState =
  | "opening"
  | "pending"
  | "succeeded"
  | "consumed"
  | "delivered"
  | "uncertain"
  | "cancelled"
  | "failed"
  | "expired"
  | "superseded";

/** The session a ledger call speaks for. */
export interface SessionFacts {
  readonly session: SessionId;
  readonly authTimeSeconds: number;
}

/** What a challenge is about to approve, fixed when it opens. */
export interface Opening {
  readonly id: ChallengeId;
  readonly route: string;
  readonly action: string;
  readonly method: string;
  /** Path and query, as judged and as forwarded. */
  readonly target: string;
  /** The digest of everything that is approved (design: binding). */
  readonly binding: string;
  readonly summary: readonly { readonly label: string; readonly value: string }[];
  readonly lifeSeconds: number;
  /**
   * An `enrolment` never releases a request: only a successor of it does (design decision 6). A `review` waits for a
   * decision of somebody at Authsignal, and proves nothing of who asks: no grant comes of it.
   */
  readonly kind: "step-up" | "enrolment" | "review";
}

/** What waits with a pending challenge. What is sealed the ledger cannot read. */
export interface Pending {
  /** `succeeded` when Authsignal, asked again after an enrolment, let the kept request through unchallenged. */
  readonly state: "pending" | "succeeded";
  /** Known only now: Authsignal's answer told that the user has to enrol first. */
  readonly kind: Opening["kind"];
  /** The way out, sealed: Authsignal's URL and token. */
  readonly way: string;
  /** The kept request, sealed; programs repeat their own, so theirs is not kept. */
  readonly kept: string | undefined;
  /** The challenge that this one takes the place of, if it may: it ends as `superseded` in the same step. */
  readonly supersedes: ChallengeId | undefined;
  /** Reviews take longer than checks: the life it has from now on, in place of the opening's. */
  readonly lifeSeconds?: number;
  /** How many challenges the user may start on this route, and within what time. */
  readonly limit?: Limit;
}

/** A bound on challenges started. */
export interface Limit {
  readonly challenges: number;
  readonly withinSeconds: number;
}

/** The answer to `pend`. */
export type Pended =
  | { readonly ok: true }
  /** The challenge is gone meanwhile, or what it supersedes may not be. */
  | { readonly ok: false; readonly reason: "gone" }
  | { readonly ok: false; readonly reason: "limited"; readonly retryAfterSeconds: number };

/** Why a challenge failed, for the person who wants to do better. */
export type Failure =
  | "not_passed"
  | "wrong_method"
  | "factor_too_new"
  | "review_refused"
  /** It was passed, and before it was used a reaction to an event ended earlier checks. */
  | "demanded_again";

/** A challenge as its session may see it. */
export interface ChallengeView extends Omit<Opening, "lifeSeconds"> {
  readonly state: ChallengeState;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly way: string | undefined;
  readonly hasKept: boolean;
  readonly verificationMethod: string | undefined;
  readonly completedAtMs: number | undefined;
  /** Since when the authenticator that was used exists, where a route asked for its age. */
  readonly factorSinceMs: number | undefined;
  readonly failure: Failure | undefined;
  readonly successor: ChallengeId | undefined;
}

/** A completed step-up, with its method and time. */
export interface Grant {
  readonly action: string;
  readonly method: string | undefined;
  readonly atMs: number;
  /** Since when the authenticator exists, where that was asked. */
  readonly factorSinceMs?: number;
}

/** What the ledger says of a session. */
export interface Standing {
  readonly revoked: boolean;
  /**
   * There only when true: a reaction demanded that the session's next request on any step-up route be challenged,
   * whatever its freshness and whatever Authsignal would allow. A step-up that the session passes after that ends it.
   */
  readonly stepUpDemanded?: true;
}

/** The answer to `covered`. */
export type Covered =
  | { readonly kind: "covered"; readonly grant: Grant }
  | { readonly kind: "uncovered" }
  | { readonly kind: "revoked" };

/** The answer to `open`. A grant from before a demanded step-up is none. */
export type Opened =
  | { readonly ok: true; readonly lastGrant: Grant | undefined; readonly stepUpDemanded?: true }
  | { readonly ok: false; readonly reason: "revoked" | "too_many" };

/** Why a challenge cannot be consumed. */
export type ConsumeProblem = "revoked" | "not_found" | "not_ready" | "mismatch" | "unmet" | "used" | "ended";

/** The answer to `consume`: given to exactly one caller, however many ask. */
export type Consumed =
  | { readonly ok: true; readonly challenge: ChallengeView; readonly kept: string | undefined }
  | { readonly ok: false; readonly reason: ConsumeProblem };

/** From where and by what a session is in use, as its request says. */
export interface Seen {
  readonly carrier: Carrier;
  readonly expiresAtSeconds: number;
  readonly userAgent: string;
  /** As people call it, such as `Riga, LV`; empty when nobody knows. */
  readonly place: string;
}

/** A session as its user sees it. */
export interface SessionView {
  readonly id: SessionId;
  readonly carrier: Carrier;
  readonly signedInAtMs: number;
  /** To about ten minutes. */
  readonly seenAtMs: number;
  /** After this no token of it can verify. */
  readonly endsAtMs: number;
  readonly userAgent: string;
  readonly place: string;
}

/** What was erased of a user: rows by table. */
export interface Erased {
  readonly erased: Readonly<Record<string, number>>;
  /** The one thing that stays, so that nothing ended comes back. */
  readonly signInsEndedBeforeMs: number;
}

/** A revocation: everything of the user from before a time, or one session. */
export interface Revocation {
  /** Applied once per id: a webhook's event id, or an id of the caller's own. */
  readonly id: string;
  readonly scope: "user" | SessionId;
  /** Sign-ins at or before this time are over. */
  readonly beforeMs: number;
  readonly reason: string;
  /** Managed login's own cookie is ended as well, so the sign-in need not be kept from beginning another session. */
  readonly endsManagedLogin?: true;
}

/**
 * One user's ledger: the only place where order matters. Every call is one atomic step.
 * The name it is found by is the user's `sub` (design decision 5).
 */
export interface Ledger {
  /** Whether the session has been revoked, and whether it has to step up next. One that stands is listed, as it was `seen`. */
  standing(facts: SessionFacts, seen?: Seen): Promise<Standing>;
  /** Whether each of these sessions of the user has been revoked, in their order. */
  standings(all: readonly SessionFacts[]): Promise<readonly boolean[]>;
  /** Records a new sign-in, unless it happened at or before a revocation, or is that of a session that was ended. */
  startSession(facts: SessionFacts, seen: Seen): Promise<{ readonly revoked: boolean }>;
  /** The sessions that may still be used, the latest first. */
  sessions(): Promise<readonly SessionView[]>;
  /** Ends one listed session for the one that asks. False when that is over itself, or there is no such session. */
  endSession(facts: SessionFacts, id: SessionId): Promise<boolean>;
  /** Ends all sessions but the one that asks; gives how many were listed, or undefined when that is over itself. */
  endOthers(facts: SessionFacts): Promise<number | undefined>;
  /** Erases everything about the user, but for the time up to which sign-ins are over: now. */
  forget(): Promise<Erased>;
  /** Opens a challenge before Authsignal is asked. The session is listed, as it was `seen`. */
  open(facts: SessionFacts, opening: Opening, seen?: Seen): Promise<Opened>;
  /** Whether a step-up of this session and action, within `freshSeconds` and meeting the demand, spares a question. One that is covered is listed. */
  covered(
    facts: SessionFacts,
    action: string,
    freshSeconds: number,
    demand: Demand,
    seen?: Seen,
  ): Promise<Covered>;
  /** Authsignal asks for a challenge: counted, and refused above the limit. */
  pend(id: ChallengeId, pending: Pending): Promise<Pended>;
  /**
   * Authsignal asked for nothing, or could not be asked: the opening is forgotten. False when the session was revoked
   * meanwhile: what would go on without a challenge may not.
   */
  drop(facts: SessionFacts, id: ChallengeId): Promise<boolean>;
  /** A challenge of this session. */
  find(facts: SessionFacts, id: ChallengeId): Promise<ChallengeView | undefined>;
  /**
   * Hands an enrolment that waited for a fresh sign-in to the session of that sign-in. The caller knows from its own
   * sealed cookie that the browser held `from`.
   */
  adopt(facts: SessionFacts, id: ChallengeId, from: SessionId): Promise<void>;
  /** Moves a challenge of this session as Authsignal's validation says; gives the state it is in afterwards. */
  settle(facts: SessionFacts, id: ChallengeId, outcome: Settlement): Promise<ChallengeState | undefined>;
  /** Whether Authsignal may be asked about a pending review now: true for one caller within `everySeconds`. */
  mayAsk(facts: SessionFacts, id: ChallengeId, everySeconds: number): Promise<boolean>;
  /** The sealed request kept for a challenge of this session. */
  kept(facts: SessionFacts, id: ChallengeId): Promise<string | undefined>;
  /** Takes a succeeded challenge, once, if it is proven and meets the demand. */
  consume(facts: SessionFacts, id: ChallengeId, proof: Proof): Promise<Consumed>;
  /** What became of a consumed request. */
  finish(id: ChallengeId, state: "delivered" | "uncertain"): Promise<void>;
  /** After a person was told that it may or may not have been done: lets the kept request go once more. */
  sendAgain(facts: SessionFacts, id: ChallengeId): Promise<boolean>;
  /** Applies a revocation, once; drops challenges, kept requests and grants of what it ends. True when it is new. */
  revoke(revocation: Revocation): Promise<boolean>;
  /**
   * Applies the policy's reactions to events of this user, in the order of the events' own times, each event in one
   * transaction. Gives one list of outcomes for each event, in the order given.
   */
  react(events: readonly EventReactions[]): Promise<readonly (readonly ReactionOutcome[])[]>;
  /** Compares Authsignal's list with what events said; gives what no event said. The caller makes events of it. */
  compareAuthenticators(list: EnrolledList): Promise<readonly Difference[]>;
  /** Gives the ids of actions' states that no event told and the policy asks for. The caller makes events of them. */
  compareActions(look: ActionLook): Promise<readonly string[]>;
  /** Whether Authsignal may complete a challenge (`action.verify`). Reads only. */
  verifying(id: ChallengeId, action: string): Promise<Verifying>;
  /** What became of the effects elsewhere that `react` said were pending, by their `effectMark`. */
  finishEffects(finished: Finished): Promise<void>;
}

/**
 * What the ledger says about a challenge that Authsignal is about to complete: `open` may be, `over` may not, and
 * `unknown` was not started here, or was dropped with the session that a revocation ended.
 */
export type Verifying = "open" | "over" | "unknown";

/** Who asks for a succeeded challenge: the binding of a repeated request, or the `ticket` of a kept one. */
export type Proof = "ticket" | { readonly binding: string; readonly demand?: Demand };

/** How a challenge was settled at Authsignal. */
export type Settlement =
  | {
      readonly state: "succeeded";
      readonly verificationMethod: string | undefined;
      readonly factorSinceMs?: number | undefined;
    }
  | { readonly state: "cancelled" }
  | { readonly state: "failed"; readonly failure?: Failure };

/** Finds a user's ledger. */
export type LedgerOf = (sub: Sub) => Ledger;
