import type {
  ChallengeId,
  ChallengeState,
  ChallengeView,
  Consumed,
  ConsumeProblem,
  Failure,
  Opening,
  Pended,
  Pending,
  Proof,
  SessionFacts,
} from "./port.ts";
import { meets, passedOf } from "./demand.ts";
import { countStarted, secondsUntilAllowed } from "./limits.ts";
import { dropKept, readKept, writeKept } from "./kept.ts";
import { mayBecome, stateAt, type Mover } from "./transitions.ts";

type Row = {
  id: string;
  session: string;
  kind: string;
  route: string;
  action: string;
  method: string;
  target: string;
  binding: string;
  summary: string;
  state: string;
  created_at_ms: number;
  expires_at_ms: number;
  way: string | null;
  verification_method: string | null;
  completed_at_ms: number | null;
  consumed_at_ms: number | null;
  successor: string | null;
  failure: string | null;
  factor_since_ms: number | null;
};

const MS_PER_SECOND = 1000;
const GONE: Pended = { ok: false, reason: "gone" };

/** Writes a new challenge in the state `opening`. */
export function insertChallenge(sql: SqlStorage, facts: SessionFacts, opening: Opening, nowMs: number): void {
  sql.exec(
    `INSERT INTO challenge (id, session, kind, route, action, method, target, binding, summary, state,
       created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'opening', ?, ?)`,
    opening.id,
    facts.session,
    opening.kind,
    opening.route,
    opening.action,
    opening.method,
    opening.target,
    opening.binding,
    JSON.stringify(opening.summary),
    nowMs,
    nowMs + opening.lifeSeconds * MS_PER_SECOND,
  );
}

/** Reads a challenge with the state it is in now. */
export function readChallenge(
  sql: SqlStorage,
  id: ChallengeId,
  nowMs: number,
): { readonly view: ChallengeView; readonly session: string } | undefined {
  const row = sql.exec<Row>(`SELECT * FROM challenge WHERE id = ?`, id).toArray()[0];
  if (row === undefined) {
    return undefined;
  }
  // What is cast below was written by this file from the same types.
  const state = row.state as ChallengeState;
  const view: ChallengeView = {
    id,
    route: row.route,
    action: row.action,
    kind: row.kind as Opening["kind"],
    method: row.method,
    target: row.target,
    binding: row.binding,
    summary: JSON.parse(row.summary) as Opening["summary"],
    state: stateAt(
      { state, expiresAtMs: row.expires_at_ms, consumedAtMs: row.consumed_at_ms ?? undefined },
      nowMs,
    ),
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    way: row.way ?? undefined,
    hasKept: sql.exec(`SELECT 1 FROM kept WHERE challenge = ? LIMIT 1`, id).toArray().length > 0,
    verificationMethod: row.verification_method ?? undefined,
    completedAtMs: row.completed_at_ms ?? undefined,
    factorSinceMs: row.factor_since_ms ?? undefined,
    failure: (row.failure ?? undefined) as Failure | undefined,
    successor: (row.successor ?? undefined) as ChallengeId | undefined,
  };
  return { view, session: row.session };
}

/** Moves a challenge when the table of transitions allows it; false when it does not. */
export function moveChallenge(sql: SqlStorage, view: ChallengeView, to: ChallengeState, by: Mover): boolean {
  if (!mayBecome(view.state, to, by)) {
    return false;
  }
  sql.exec(`UPDATE challenge SET state = ? WHERE id = ?`, to, view.id);
  return true;
}

/** Gives an opening its way out and its kept request, and ends what it supersedes; all or nothing. */
export function pendChallenge(sql: SqlStorage, id: ChallengeId, pending: Pending, nowMs: number): Pended {
  const found = readChallenge(sql, id, nowMs);
  if (found === undefined || !mayBecome(found.view.state, pending.state, "pend")) {
    return GONE;
  }
  const { limit } = pending;
  if (limit !== undefined && pending.state === "pending") {
    const retryAfterSeconds = secondsUntilAllowed(sql, found.view.route, limit, nowMs);
    if (retryAfterSeconds !== undefined) {
      sql.exec(`DELETE FROM challenge WHERE id = ?`, id);
      return { ok: false, reason: "limited", retryAfterSeconds };
    }
  }
  if (pending.supersedes !== undefined) {
    const old = readChallenge(sql, pending.supersedes, nowMs);
    if (
      old === undefined ||
      old.session !== found.session ||
      !moveChallenge(sql, old.view, "superseded", "supersede")
    ) {
      return GONE;
    }
    sql.exec(`UPDATE challenge SET successor = ? WHERE id = ?`, id, pending.supersedes);
    dropKept(sql, pending.supersedes);
  }
  moveChallenge(sql, found.view, pending.state, "pend");
  sql.exec(`UPDATE challenge SET way = ?, kind = ? WHERE id = ?`, pending.way, pending.kind, id);
  if (pending.lifeSeconds !== undefined) {
    const expiresAtMs = nowMs + pending.lifeSeconds * MS_PER_SECOND;
    sql.exec(`UPDATE challenge SET expires_at_ms = ? WHERE id = ?`, expiresAtMs, id);
  }
  if (pending.kept !== undefined) {
    writeKept(sql, id, pending.kept);
  }
  if (limit !== undefined && pending.state === "pending") {
    countStarted(sql, found.view.route, limit, nowMs);
  }
  return { ok: true };
}

/** Notes what became of a consumed request, and forgets it once it is delivered. */
export function finishChallenge(
  sql: SqlStorage,
  id: ChallengeId,
  state: "delivered" | "uncertain",
  nowMs: number,
): void {
  const found = readChallenge(sql, id, nowMs);
  if (found !== undefined && moveChallenge(sql, found.view, state, "finish") && state === "delivered") {
    dropKept(sql, id);
  }
}

/** Takes a succeeded challenge; the caller is inside one synchronous step of the Durable Object, so only one succeeds. */
export function consumeChallenge(
  sql: SqlStorage,
  session: string,
  id: ChallengeId,
  proof: Proof,
  nowMs: number,
): Consumed {
  const found = readChallenge(sql, id, nowMs);
  if (found === undefined || found.session !== session) {
    return refused("not_found");
  }
  const { view } = found;
  if (proof !== "ticket" && proof.binding !== view.binding) {
    return refused("mismatch");
  }
  if (view.kind === "enrolment" || !mayBecome(view.state, "consumed", "consume")) {
    return refused(whyNot(view.state));
  }
  if (proof !== "ticket" && proof.demand !== undefined && !meets(passedOf(view), proof.demand)) {
    return refused("unmet"); // before anything is used up: a proof that is not enough stays one
  }
  const kept = readKept(sql, id);
  if (proof === "ticket" && kept === undefined) {
    return refused("mismatch"); // a program's challenge has nothing to resume: it repeats its own request
  }
  sql.exec(`UPDATE challenge SET state = 'consumed', consumed_at_ms = ? WHERE id = ?`, nowMs, id);
  return { ok: true, challenge: { ...view, state: "consumed" }, kept };
}

/** Drops kept requests whose time is over; one that is under way may still have to be sent again, and stays. */
export function forgetExpiredKept(sql: SqlStorage, nowMs: number): void {
  sql.exec(
    // By what is kept, which is little: challenges that are over are many, and remembered for a day.
    `DELETE FROM kept WHERE EXISTS (
       SELECT 1 FROM challenge WHERE id = kept.challenge AND expires_at_ms <= ? AND state <> 'consumed')`,
    nowMs,
  );
}

/** Ends the session's oldest open challenge of a GET, which holds nothing typed; false when there is none. */
export function supersedeOldestGet(sql: SqlStorage, session: string, nowMs: number): boolean {
  const oldest = sql
    .exec<{ id: string }>(
      `SELECT id FROM challenge WHERE session = ? AND method = 'GET' AND state = 'pending' AND expires_at_ms > ?
       ORDER BY created_at_ms LIMIT 1`,
      session,
      nowMs,
    )
    .toArray()[0];
  if (oldest === undefined) {
    return false;
  }
  sql.exec(`UPDATE challenge SET state = 'superseded' WHERE id = ?`, oldest.id);
  dropKept(sql, oldest.id);
  return true;
}

function whyNot(state: ChallengeState): ConsumeProblem {
  switch (state) {
    case "consumed":
    case "delivered":
    case "uncertain":
      return "used";
    case "opening":
    case "pending":
    case "succeeded":
      return "not_ready";
    case "cancelled":
    case "failed":
    case "expired":
    case "superseded":
      return "ended";
  }
}

function refused(reason: ConsumeProblem): Consumed {
  return { ok: false, reason };
}
