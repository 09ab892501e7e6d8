import type { AuditRecord } from "../audit/record.ts";
import type { AuthsignalProblem, ChallengeApi, Validated } from "../authsignal/port.ts";
import type { ErrorCode } from "../http/codes.ts";
import { fail, ok, type Result } from "../http/result.ts";
import type { Principal } from "../identity/principal.ts";
import { countsFor } from "../ledger/counting.ts";
import { isOldEnough, type Demand } from "../ledger/demand.ts";
import type { ChallengeState, ChallengeView, Ledger } from "../ledger/port.ts";
import type { ActionCode } from "../policy/schema.ts";

export interface CompletePorts {
  readonly ledger: Ledger;
  readonly authsignal: ChallengeApi;
  readonly record: AuditRecord;
  readonly nowMs: () => number;
}

/** What a result token says about a challenge. */
export type Verdict =
  | { readonly kind: "succeeded"; readonly verificationMethod: string | undefined }
  /** Genuine and unfinished: the person came back without completing it (authsignal.md 0.6). */
  | { readonly kind: "unfinished" }
  | { readonly kind: "failed" }
  /** Completed, by a method that the route does not count. */
  | { readonly kind: "wrong_method" }
  /** Of another user, action or challenge, the starter's own token, or no token at all: it says nothing about this challenge. */
  | { readonly kind: "foreign" };

/**
 * Judges Authsignal's validation of a result token. Only CHALLENGE_SUCCEEDED with the same user, action and
 * idempotency key completes a challenge (design decision 7); `isValid` alone is not looked at.
 */
export function judgeValidation(
  validated: Validated,
  challenge: Pick<ChallengeView, "id" | "action">,
  userId: string,
  counts: (method: string | undefined) => boolean,
): Verdict {
  const own =
    validated.userId === userId &&
    validated.action === challenge.action &&
    validated.idempotencyKey === challenge.id;
  if (!own) {
    return { kind: "foreign" };
  }
  switch (validated.state) {
    case "CHALLENGE_SUCCEEDED": {
      const method = validated.verificationMethod;
      return counts(method) ? { kind: "succeeded", verificationMethod: method } : { kind: "wrong_method" };
    }
    case "CHALLENGE_REQUIRED":
    case "ALLOW": // an enrolment that was left: its action was allowed, and no authenticator came of it
      return { kind: "unfinished" };
    case "BLOCK":
    case "CHALLENGE_FAILED":
    case "REVIEW_REQUIRED":
    case "REVIEW_FAILED":
      return { kind: "failed" };
    default:
      return { kind: "foreign" };
  }
}

/**
 * Completes a challenge with the result token its own session brings. A token that is not this challenge's changes
 * nothing, so a stranger's cannot end it.
 *
 * @param leaving whether an unfinished challenge means that the person gave up: true on the way back from
 *   Authsignal's pages, false for a program that asks too early.
 * @returns the state afterwards, or the public error code.
 */
export async function completeChallenge(
  request: {
    readonly requestId: string;
    readonly principal: Principal;
    readonly challenge: ChallengeView;
    readonly token: string;
    /** The token that `track` gave the starter of the challenge. */
    readonly startToken: string | undefined;
    /** What the route asks of the proof. */
    readonly demand: Demand;
    readonly leaving: boolean;
  },
  ports: CompletePorts,
): Promise<Result<ChallengeState, ErrorCode>> {
  const { principal, challenge } = request;
  if (challenge.state !== "pending") {
    return ok(challenge.state); // a reload of the way back: nothing is asked or changed twice
  }
  if (challenge.kind === "review") {
    return fail("challenge_refused"); // nothing that a person proves ends a review
  }
  // The action was an ActionCode when the challenge opened; the ledger keeps it as text.
  const action = challenge.action as ActionCode;
  const validated = await ports.authsignal.validate(request.token, principal.sub, action);
  if (!validated.ok) {
    return fail("step_up_unavailable");
  }
  // Enrolling is not the check itself, so any method will do for it.
  const counts = (method: string | undefined) =>
    challenge.kind === "enrolment" || countsFor(request.demand.methods, method);
  const verdict = judgeValidation(validated.value, challenge, principal.sub, counts);
  const facts = {
    requestId: request.requestId,
    sub: principal.sub,
    route: challenge.route,
    action: challenge.action,
    challenge: challenge.id,
  };
  // Whoever started the challenge has had this token from the beginning, and it validates as succeeded once somebody
  // approves. Only a token that came of the approval itself shows that both are one person (design decision 7).
  if (verdict.kind === "succeeded" && isSameToken(request.token, request.startToken)) {
    ports.record({ event: "refused", ...facts, reason: "start_token" });
    return fail("challenge_refused");
  }
  switch (verdict.kind) {
    case "succeeded": {
      const { verificationMethod } = verdict;
      const factor = await factorOf(
        principal,
        { ...challenge, action },
        verificationMethod,
        request.demand,
        ports,
      );
      if (!factor.ok) {
        return fail("step_up_unavailable"); // still pending: coming back once more asks again
      }
      const { isEnough, sinceMs: factorSinceMs } = factor.value;
      if (!isEnough) {
        ports.record({ event: "refused", ...facts, reason: "factor_too_new" });
        return settled(
          await ports.ledger.settle(principal, challenge.id, { state: "failed", failure: "factor_too_new" }),
        );
      }
      ports.record({
        event: "completed",
        ...facts,
        ...(verificationMethod === undefined ? {} : { verificationMethod }),
      });
      return settled(
        await ports.ledger.settle(principal, challenge.id, {
          state: "succeeded",
          verificationMethod,
          factorSinceMs,
        }),
      );
    }
    case "unfinished":
      if (!request.leaving) {
        return fail("challenge_pending");
      }
      ports.record({ event: "cancelled", ...facts });
      return settled(await ports.ledger.settle(principal, challenge.id, { state: "cancelled" }));
    case "failed":
    case "wrong_method": {
      const failure = verdict.kind === "failed" ? "not_passed" : "wrong_method";
      ports.record({ event: "refused", ...facts, reason: failure });
      return settled(await ports.ledger.settle(principal, challenge.id, { state: "failed", failure }));
    }
    case "foreign":
      ports.record({ event: "refused", ...facts, reason: verdict.kind });
      return fail("challenge_refused");
  }
}

/** Asks how long the authenticator that was used has existed, where the route wants to know. */
async function factorOf(
  principal: Principal,
  challenge: Pick<ChallengeView, "id" | "kind"> & { readonly action: ActionCode },
  method: string | undefined,
  { factorAgeSeconds }: Demand,
  { authsignal, nowMs }: CompletePorts,
): Promise<Result<{ readonly isEnough: boolean; readonly sinceMs?: number | undefined }, AuthsignalProblem>> {
  if (factorAgeSeconds === undefined || challenge.kind === "enrolment") {
    return ok({ isEnough: true });
  }
  const { id: idempotencyKey, action } = challenge;
  const factor = await authsignal.factorOf({ userId: principal.sub, action, idempotencyKey }, method);
  return factor.ok
    ? ok({ isEnough: isOldEnough(factor.value.sinceMs, nowMs(), factorAgeSeconds), ...factor.value })
    : factor;
}

function settled(state: ChallengeState | undefined): Result<ChallengeState, ErrorCode> {
  return state === undefined ? fail("challenge_not_found") : ok(state);
}

/** Compares what is signed: the signature's last character can be respelled without changing its bytes (security.md 0.8). */
function isSameToken(token: string, startToken: string | undefined): boolean {
  const signed = (jws: string) => jws.split(".").slice(0, 2).join(".");
  return startToken === undefined || signed(token) === signed(startToken);
}
