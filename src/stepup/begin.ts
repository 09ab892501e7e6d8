import type { AuditEntry, AuditRecord } from "../audit/record.ts";
import type { AuthsignalProblem, ChallengeApi, Tracked } from "../authsignal/port.ts";
import type { Keyring } from "../http/keyring.ts";
import { fail, ok, type Result } from "../http/result.ts";
import type { ErrorCode } from "../http/codes.ts";
import type { Principal } from "../identity/principal.ts";
import type { ChallengeId, Ledger, Opening, Seen } from "../ledger/port.ts";
import type { Attributes } from "../policy/attributes.ts";
import type { StepUpRoute } from "../policy/schema.ts";
import type { SummaryLine } from "../policy/summary.ts";
import { decide } from "./decide.ts";
import { limitOf } from "./route-demand.ts";
import { trackRequestOf } from "./track-request.ts";
import { sealKept, sealWay, type KeptRequest, type Way } from "./sealed.ts";

/** What the gateway knows of the sender besides who it is. */
export interface ClientFacts {
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
  readonly deviceId: string | undefined;
  readonly country: string | undefined;
  /** For the user's list of sessions. */
  readonly seen: Seen;
}

/** One attempt at a sensitive route, judged and read. */
export interface Attempt {
  readonly requestId: string;
  readonly principal: Principal;
  readonly client: ClientFacts;
  readonly route: StepUpRoute;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly publicOrigin: string;
  readonly binding: string;
  readonly attributes: Attributes;
  readonly summary: readonly SummaryLine[];
  /** The request to keep; programs repeat their own. */
  readonly keep: KeptRequest | undefined;
  /** The challenge this attempt takes the place of, after an enrolment or "try again". */
  readonly supersedes: ChallengeId | undefined;
}

export interface BeginPorts {
  readonly ledger: Ledger;
  readonly authsignal: ChallengeApi;
  readonly keyring: Keyring;
  readonly record: AuditRecord;
  readonly nowMs: () => number;
  readonly newId: () => ChallengeId;
  readonly challengeSeconds: number;
  /** How long a kept request waits for a review. */
  readonly reviewSeconds: number;
  /** Work that may outlive the answer. */
  readonly later: (work: Promise<unknown>) => void;
}

/** A challenge that the sender must now complete. */
export interface Begun {
  readonly id: ChallengeId;
  readonly kind: Opening["kind"];
  readonly way: Way;
  readonly expiresAtMs: number;
  /** The methods that Authsignal allows for it, where it says. */
  readonly allowedMethods: readonly string[] | undefined;
}

/** What became of an attempt. */
export type BeginOutcome =
  | { readonly kind: "forward" }
  | { readonly kind: "challenge"; readonly begun: Begun }
  /** A kept request that Authsignal, asked again after an enrolment, lets through: its page resumes it. */
  | { readonly kind: "resume"; readonly id: ChallengeId }
  | { readonly kind: "sign-in-first"; readonly maxAgeSeconds: number }
  /** The user has started as many challenges as the route allows. */
  | { readonly kind: "limited"; readonly retryAfterSeconds: number };

/**
 * Asks Authsignal whether an attempt may go on: the ledger first (revoked? and the opening is written, so that what
 * follows has somewhere to land), then `track` with the challenge's id as idempotency key, then what it says.
 *
 * @returns what to do next, or the public error code of the refusal. An unreachable Authsignal refuses, unless the
 *   route says `onUnavailable: "allow"`; an unreachable ledger always does (the caller turns its exception into 503).
 */
export async function beginStepUp(
  attempt: Attempt,
  ports: BeginPorts,
): Promise<Result<BeginOutcome, ErrorCode>> {
  const { principal, route } = attempt;
  const id = ports.newId();
  const startedMs = ports.nowMs();
  const signInAgeSeconds = Math.floor(startedMs / 1000) - principal.authTimeSeconds;
  const opening = openingOf(attempt, id, ports.challengeSeconds);
  const opened = await ports.ledger.open(principal, opening, attempt.client.seen);
  if (!opened.ok) {
    return refuse(
      attempt,
      ports,
      id,
      opened.reason === "revoked" ? "session_revoked" : "too_many_challenges",
    );
  }
  // A reaction demanded a step-up: until it is passed, every route asks as one that says `fresh: "once"`.
  const asked: StepUpRoute =
    opened.stepUpDemanded === true ? { ...route, fresh: "once", onUnavailable: "deny" } : route;
  const askedMs = ports.nowMs();
  const tracked = await ports.authsignal.track(trackRequestOf(attempt, id, opened.lastGrant, startedMs));
  const latencyMs = ports.nowMs() - askedMs;
  const facts = {
    requestId: attempt.requestId,
    sub: principal.sub,
    route: route.id,
    action: route.action,
    challenge: id,
  };
  if (!tracked.ok) {
    if (asked.onUnavailable === "allow" && !isOurs(tracked.error)) {
      if (!(await ports.ledger.drop(principal, id))) {
        return refuse(attempt, ports, id, "session_revoked");
      }
      ports.record({ event: "allowed_unavailable", ...facts, reason: tracked.error.reason, latencyMs });
      return ok({ kind: "forward" });
    }
    ports.later(ports.ledger.drop(principal, id));
    ports.record({ event: "refused", ...facts, reason: tracked.error.reason, latencyMs });
    return fail("step_up_unavailable");
  }
  const decision = decide(tracked.value, asked, signInAgeSeconds);
  const log = { ...facts, ruleIds: tracked.value.ruleIds, latencyMs };
  switch (decision.kind) {
    case "forward":
      if (attempt.supersedes !== undefined && attempt.keep !== undefined) {
        ports.record({ event: "allowed", ...log });
        return keepFor(attempt, opening, tracked.value, ports, "succeeded");
      }
      // Asking took a while: a revocation that came meanwhile holds for what has not been sent yet.
      if (!(await ports.ledger.drop(principal, id))) {
        return refuse(attempt, ports, id, "session_revoked");
      }
      ports.record({ event: "allowed", ...log });
      return ok({ kind: "forward" });
    case "challenge":
      ports.record({ event: "challenge", ...log });
      return keepFor(attempt, opening, tracked.value, ports, "pending");
    case "force":
      return forceChallenge(attempt, opening, tracked.value, ports, log);
    case "review":
      ports.record({ event: "review", ...log });
      return keepFor(attempt, { ...opening, kind: "review" }, tracked.value, ports, "pending");
    case "enrol":
      ports.record({ event: "enrolment", ...log });
      return keepFor(attempt, { ...opening, kind: "enrolment" }, tracked.value, ports, "pending");
    case "sign-in-first":
      if (attempt.keep !== undefined) {
        // Kept now, and its page asks for the sign-in before it shows the way: nothing typed is lost.
        return keepFor(attempt, { ...opening, kind: "enrolment" }, tracked.value, ports, "pending");
      }
      ports.later(ports.ledger.drop(principal, id));
      return ok(decision);
    case "refuse":
      ports.later(ports.ledger.drop(principal, id));
      ports.record({ event: "refused", ...log, reason: decision.code });
      return fail(decision.code);
  }
}

/**
 * `fresh: "once"`, and Authsignal allowed: the pre-built UI has nothing to ask about an allowed action, so the action is
 * moved to CHALLENGE_REQUIRED by `updateAction` (authsignal.md 2.7), and from there on is a challenge like any other.
 * Where Authsignal does not take that, or the answer had no way to a challenge, nothing passes.
 */
async function forceChallenge(
  attempt: Attempt,
  opening: Opening,
  tracked: Tracked,
  ports: BeginPorts,
  log: Omit<AuditEntry, "event">,
): Promise<Result<BeginOutcome, ErrorCode>> {
  const { principal, route } = attempt;
  const key = { userId: principal.sub, action: route.action, idempotencyKey: opening.id };
  const forced = tracked.url === "" ? ok(false) : await ports.authsignal.force(key);
  if (!forced.ok || !forced.value) {
    ports.later(ports.ledger.drop(principal, opening.id));
    ports.record({ event: "refused", ...log, reason: forced.ok ? "not_forced" : forced.error.reason });
    return fail("step_up_unavailable");
  }
  ports.record({ event: "challenge", ...log, reason: "once" });
  return keepFor(attempt, opening, tracked, ports, "pending");
}

/**
 * What the gateway itself brought about says nothing of Authsignal, and a client can bring it about too: so can it have
 * a question refused (4xx), by what it sends or how often (429).
 */
function isOurs(problem: AuthsignalProblem): boolean {
  const { reason } = problem;
  return (
    reason === "too_many_in_flight" ||
    reason === "bad_question" ||
    (reason === "refused" && problem.status < 500)
  );
}

function openingOf(attempt: Attempt, id: ChallengeId, lifeSeconds: number): Opening {
  return {
    id,
    kind: "step-up",
    route: attempt.route.id,
    action: attempt.route.action,
    method: attempt.method,
    target: attempt.target,
    binding: attempt.binding,
    summary: attempt.summary,
    lifeSeconds,
  };
}

async function keepFor(
  attempt: Attempt,
  opening: Opening,
  tracked: Tracked,
  ports: BeginPorts,
  state: "pending" | "succeeded",
): Promise<Result<BeginOutcome, ErrorCode>> {
  const { keyring, ledger } = ports;
  const { sub } = attempt.principal;
  const way: Way = { url: tracked.url, token: tracked.token };
  const kept =
    attempt.keep === undefined ? undefined : await sealKept(keyring, sub, opening.id, attempt.keep);
  const isReview = opening.kind === "review";
  const written = await ledger.pend(opening.id, {
    state,
    kind: opening.kind,
    way: await sealWay(keyring, sub, opening.id, way),
    kept,
    supersedes: attempt.supersedes,
    limit: limitOf(attempt.route),
    ...(isReview ? { lifeSeconds: ports.reviewSeconds } : {}),
  });
  if (!written.ok && written.reason === "limited") {
    const { retryAfterSeconds } = written;
    refuse(attempt, ports, opening.id, "too_many_challenges");
    return ok({ kind: "limited", retryAfterSeconds });
  }
  if (!written.ok) {
    ports.later(ledger.drop(attempt.principal, opening.id));
    return fail("challenge_ended"); // revoked, or the superseded one was used, while Authsignal was being asked
  }
  const lifeSeconds = isReview ? ports.reviewSeconds : opening.lifeSeconds;
  const expiresAtMs = ports.nowMs() + lifeSeconds * 1000;
  return state === "succeeded"
    ? ok({ kind: "resume", id: opening.id })
    : ok({
        kind: "challenge",
        begun: {
          id: opening.id,
          kind: opening.kind,
          way,
          expiresAtMs,
          allowedMethods: tracked.allowedMethods,
        },
      });
}

function refuse(
  attempt: Attempt,
  ports: BeginPorts,
  challenge: ChallengeId,
  code: ErrorCode,
): Result<never, ErrorCode> {
  const { requestId, principal, route } = attempt;
  ports.record({
    event: "refused",
    requestId,
    sub: principal.sub,
    route: route.id,
    action: route.action,
    challenge,
    reason: code,
  });
  return fail(code);
}
