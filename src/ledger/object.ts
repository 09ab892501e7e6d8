import { DurableObject } from "cloudflare:workers";
import type { ActionLook } from "./action-look.ts";
import { compareStates } from "./actions.ts";
import { consumeChallenge, finishChallenge, pendChallenge, readChallenge } from "./challenges.ts";
import type { Difference, EnrolledList } from "./authenticator-list.ts";
import { compare } from "./authenticators.ts";
import type { Demand } from "./demand.ts";
import { forgetAll } from "./forget.ts";
import { coveringGrant } from "./grants.ts";
import type { EventReactions, Finished, ReactionOutcome } from "./event-reactions.ts";
import { readKept } from "./kept.ts";
import type { SessionId } from "../identity/principal.ts";
import type {
  ChallengeId,
  ChallengeState,
  ChallengeView,
  Consumed,
  Covered,
  Erased,
  Ledger as LedgerPort,
  Opened,
  Opening,
  Pended,
  Pending,
  Proof,
  Revocation,
  Seen,
  SessionFacts,
  SessionView,
  Settlement,
  Standing,
  Verifying,
} from "./port.ts";
import { openChallenge } from "./opening.ts";
import { finishLeases } from "./leases.ts";
import { reactInOrder } from "./reactions.ts";
import { applyRevocation, isRevoked, isSignInEnded, markOnce } from "./revocations.ts";
import { signInLifeMs } from "./retention.ts";
import { endListed, endAllOthers, listSessions, noteSeen } from "./sessions.ts";
import { rosterTeller, type RosterTeller } from "./roster-teller.ts";
import { letSendAgain } from "./send-again.ts";
import { REMEMBER_ACTION_MS, REMEMBER_CHALLENGE_MS, rememberEffectMs, sweep, sweepAfterMs } from "./sweep.ts";
import { claimAsking, settleChallenge } from "./settle.ts";
import { stepUpDemandOf } from "./step-up-demand.ts";
import { migrate } from "./tables.ts";
import { settleDone } from "./thresholds.ts";
import { verifying } from "./verifying.ts";

const MS_PER_SECOND = 1000;

/**
 * One user's ledger as a Durable Object: sessions, revocations, challenges and grants in SQLite.
 * No method awaits between reading and writing, so each is one atomic step; the output gate holds every answer
 * until what it wrote is durable (workers.md 1.4).
 */
export class Ledger extends DurableObject implements LedgerPort {
  private readonly sql: SqlStorage;
  /** How long after a sign-in a token of it can still verify. */
  private readonly lifeMs: number;
  private readonly roster: RosterTeller;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.lifeMs = signInLifeMs(env);
    this.roster = rosterTeller(ctx, env.ROSTER);
    ctx.storage.transactionSync(() => migrate(this.sql));
  }

  async standing(facts: SessionFacts, seen?: Seen): Promise<Standing> {
    const revoked = isRevoked(this.sql, facts);
    if (!revoked && seen !== undefined) {
      await this.list(facts, seen);
      this.roster.active();
    }
    return { revoked, ...stepUpDemandOf(this.sql, facts) };
  }

  async standings(all: readonly SessionFacts[]): Promise<readonly boolean[]> {
    return all.map((facts) => isRevoked(this.sql, facts));
  }

  async startSession(facts: SessionFacts, seen: Seen): Promise<{ readonly revoked: boolean }> {
    return isSignInEnded(this.sql, facts) ? { revoked: true } : this.standing(facts, seen);
  }

  async sessions(): Promise<readonly SessionView[]> {
    return listSessions(this.sql, Date.now());
  }

  async endSession(facts: SessionFacts, id: SessionId): Promise<boolean> {
    return this.ctx.storage.transactionSync(
      () => !isRevoked(this.sql, facts) && endListed(this.sql, id, "ended by the user", Date.now()),
    );
  }

  async endOthers(facts: SessionFacts): Promise<number | undefined> {
    return this.ctx.storage.transactionSync(() =>
      isRevoked(this.sql, facts)
        ? undefined
        : endAllOthers(this.sql, facts.session, "ended by the user", Date.now()),
    );
  }

  async forget(): Promise<Erased> {
    // First, and awaited: what fails here is asked for again as a whole.
    await this.roster.forget();
    const erased = this.ctx.storage.transactionSync(() => forgetAll(this.sql, Date.now()));
    await this.scheduleSweep(Date.now() + this.lifeMs);
    return erased;
  }

  async open(facts: SessionFacts, opening: Opening, seen?: Seen): Promise<Opened> {
    const nowMs = Date.now();
    const opened = openChallenge(this.sql, facts, opening, nowMs);
    if (!opened.ok) {
      return opened;
    }
    await this.list(facts, seen);
    await this.scheduleSweep(nowMs + opening.lifeSeconds * MS_PER_SECOND + REMEMBER_CHALLENGE_MS);
    this.roster.active();
    return opened;
  }

  async covered(
    facts: SessionFacts,
    action: string,
    freshSeconds: number,
    demand: Demand,
    seen?: Seen,
  ): Promise<Covered> {
    if (isRevoked(this.sql, facts)) {
      return { kind: "revoked" };
    }
    const grant = coveringGrant(this.sql, facts, action, freshSeconds, demand, Date.now());
    if (grant === undefined) {
      return { kind: "uncovered" };
    }
    await this.list(facts, seen);
    return { kind: "covered", grant };
  }

  async pend(id: ChallengeId, pending: Pending): Promise<Pended> {
    return this.ctx.storage.transactionSync(() => pendChallenge(this.sql, id, pending, Date.now()));
  }

  async drop(facts: SessionFacts, id: ChallengeId): Promise<boolean> {
    this.sql.exec(`DELETE FROM challenge WHERE id = ? AND state = 'opening'`, id);
    return !isRevoked(this.sql, facts);
  }

  async find(facts: SessionFacts, id: ChallengeId): Promise<ChallengeView | undefined> {
    return this.ofSession(facts, id);
  }

  async adopt(facts: SessionFacts, id: ChallengeId, from: SessionId): Promise<void> {
    if (!isRevoked(this.sql, facts)) {
      this.sql.exec(
        `UPDATE challenge SET session = ? WHERE id = ? AND session = ? AND kind = 'enrolment' AND state = 'pending'`,
        facts.session,
        id,
        from,
      );
    }
  }

  async settle(
    facts: SessionFacts,
    id: ChallengeId,
    outcome: Settlement,
  ): Promise<ChallengeState | undefined> {
    const view = this.ofSession(facts, id);
    return view === undefined ? undefined : settleChallenge(this.sql, facts, view, outcome, Date.now());
  }

  async mayAsk(facts: SessionFacts, id: ChallengeId, everySeconds: number): Promise<boolean> {
    const view = this.ofSession(facts, id);
    const waits = view?.kind === "review" && view.state === "pending";
    return waits && claimAsking(this.sql, id, everySeconds, Date.now());
  }

  async kept(facts: SessionFacts, id: ChallengeId): Promise<string | undefined> {
    return this.ofSession(facts, id) === undefined ? undefined : readKept(this.sql, id);
  }

  async consume(facts: SessionFacts, id: ChallengeId, proof: Proof): Promise<Consumed> {
    return isRevoked(this.sql, facts)
      ? { ok: false, reason: "revoked" }
      : consumeChallenge(this.sql, facts.session, id, proof, Date.now());
  }

  async finish(id: ChallengeId, state: "delivered" | "uncertain"): Promise<void> {
    finishChallenge(this.sql, id, state, Date.now());
  }

  async sendAgain(facts: SessionFacts, id: ChallengeId): Promise<boolean> {
    const view = this.ofSession(facts, id);
    return view !== undefined && letSendAgain(this.sql, view, Date.now());
  }

  async revoke(revocation: Revocation): Promise<boolean> {
    const isNew = this.ctx.storage.transactionSync(() => {
      const isFirst = markOnce(this.sql, `revoke:${revocation.id}`, Date.now());
      if (isFirst) {
        applyRevocation(this.sql, revocation, Date.now());
      }
      return isFirst;
    });
    await this.scheduleSweep(Date.now() + this.lifeMs);
    return isNew;
  }

  async react(events: readonly EventReactions[]): Promise<readonly (readonly ReactionOutcome[])[]> {
    const outcomes = reactInOrder(this.ctx.storage, events, Date.now(), this.lifeMs);
    await this.scheduleSweep(Date.now() + sweepAfterMs(events, this.lifeMs));
    return outcomes;
  }

  async compareAuthenticators(list: EnrolledList): Promise<readonly Difference[]> {
    const differences = this.ctx.storage.transactionSync(() => compare(this.sql, list, Date.now()));
    await this.scheduleSweep(Date.now() + this.lifeMs);
    return differences;
  }

  async compareActions(look: ActionLook): Promise<readonly string[]> {
    const ids = this.ctx.storage.transactionSync(() => compareStates(this.sql, look, Date.now()));
    await this.scheduleSweep(Date.now() + REMEMBER_ACTION_MS);
    return ids;
  }

  async verifying(id: ChallengeId, action: string): Promise<Verifying> {
    return verifying(this.sql, id, action, Date.now());
  }

  async finishEffects(finished: Finished): Promise<void> {
    const nowMs = Date.now();
    this.ctx.storage.transactionSync(() => {
      finishLeases(this.sql, finished, nowMs);
      settleDone(this.sql, finished.done, nowMs + rememberEffectMs(this.lifeMs));
    });
  }

  /** Forgets what nobody can need any more; the next thing to forget sets the next alarm. */
  override async alarm(): Promise<void> {
    const nextMs = this.ctx.storage.transactionSync(() => sweep(this.sql, Date.now(), this.lifeMs));
    if (nextMs !== undefined) {
      await this.ctx.storage.setAlarm(nextMs);
    }
  }

  /** The challenge, if it is this session's and the session is not revoked. */
  private ofSession(facts: SessionFacts, id: ChallengeId): ChallengeView | undefined {
    const found = readChallenge(this.sql, id, Date.now());
    return found !== undefined && found.session === facts.session && !isRevoked(this.sql, facts)
      ? found.view
      : undefined;
  }

  /** Whoever is let in, or asks to be, is on the user's list: there a session can be ended that nobody knew of. */
  private async list(facts: SessionFacts, seen: Seen | undefined): Promise<void> {
    if (seen !== undefined && noteSeen(this.sql, facts, seen, Date.now(), this.lifeMs)) {
      await this.scheduleSweep(Date.now() + this.lifeMs);
    }
  }

  private async scheduleSweep(atMs: number): Promise<void> {
    const setMs = await this.ctx.storage.getAlarm();
    if (setMs === null || setMs > atMs) {
      await this.ctx.storage.setAlarm(atMs);
    }
  }
}
