import type { ChallengeId } from "../../src/ledger/port.ts";
import { describeJudgement } from "../../src/policy/describe.ts";
import type { Judgement } from "../../src/policy/judgement.ts";
import { judgeWithQuery } from "../../src/policy/overrides.ts";
import type { Policy } from "../../src/policy/parse.ts";
import { trackRequestOf } from "../../src/stepup/track-request.ts";
import { attemptOf, type StepUpJudgement } from "./attempt.ts";
import { nowSeconds, type Exchange, type HoldingExchange } from "./exchange.ts";
import { forwardAnonymous, forwardAs } from "./forwarding.ts";
import { readBody } from "./read-body.ts";
import { rebuilt } from "./repeat.ts";
import { seenOf } from "./seen.ts";
import { signInProblem } from "./sign-in-conditions.ts";
import { identify } from "./sign-in.ts";

/** Whether anything runs in shadow for this request's policy. */
export function isObserved({ policy, gateway }: Exchange): boolean {
  return policy.whole !== null || gateway.policies.beside?.() !== undefined;
}

/**
 * Judges a request once more by what runs in shadow: the policy's own shadow routes, and a second policy beside it.
 * Each difference is recorded. Gives the exchange to go on with; only a route whose shadow is `ask` has its body read,
 * and the request refused where that does not come to its end.
 */
export async function observe(exchange: HoldingExchange, enforced: Judgement): Promise<Exchange | Response> {
  const { policy, gateway } = exchange;
  const beside = gateway.policies.beside?.();
  if (beside !== undefined) {
    compare(exchange, enforced, beside);
  }
  const other = policy.whole === null ? null : compare(exchange, enforced, policy.whole);
  const asks = other?.kind === "route" && other.requirement === "step-up" ? other : null;
  return asks?.route.definition.shadow === "ask" ? askInShadow(exchange, asks) : exchange;
}

function compare(
  { request, requestId, target, gateway }: Exchange,
  enforced: Judgement,
  other: Policy,
): Judgement {
  const judgement = judgeWithQuery(other, request.method, target, request.headers);
  const [is, would] = [describeJudgement(enforced), describeJudgement(judgement)];
  if (is !== would) {
    const route = judgement.kind === "route" ? { route: judgement.id } : {};
    gateway.record({ event: "shadow", requestId, ...route, policy: other.version, enforced: is, would });
  }
  return judgement;
}

/** Puts a request to Authsignal's rules without acting on the answer. It leads nowhere: no redirect, no challenge kept. */
async function askInShadow(
  exchange: HoldingExchange,
  judgement: StepUpJudgement,
): Promise<Exchange | Response> {
  const { request, requestId, gateway, target, publicOrigin, later } = exchange;
  const declared = request.headers.get("content-length");
  const isShort =
    request.body === null || (declared !== null && Number(declared) <= gateway.config.keptBodyBytes);
  const authenticated = await identify(exchange);
  if (!authenticated.ok || !isShort || request.headers.has("content-encoding")) {
    return exchange;
  }
  const { principal } = authenticated.value;
  const body = await readBody(exchange);
  if (body instanceof Response) {
    return body;
  }
  const { headers, method } = request;
  const subject = { method, publicOrigin, target, headers, body, keep: undefined, supersedes: undefined };
  const attempt = await attemptOf(exchange, authenticated.value, judgement, subject);
  const about = { event: "shadow", requestId, sub: principal.sub, route: judgement.id } as const;
  if (attempt.ok) {
    // A UUID is a challenge id by construction.
    const track = trackRequestOf(
      attempt.value,
      crypto.randomUUID() as ChallengeId,
      undefined,
      gateway.nowMs(),
    );
    later(
      gateway.authsignal
        .track({ ...track, redirectUrl: undefined })
        .then((answer) =>
          gateway.record(
            answer.ok
              ? { ...about, action: track.action, would: answer.value.state, ruleIds: answer.value.ruleIds }
              : { ...about, action: track.action, reason: answer.error.reason },
          ),
        ),
    );
  } else {
    gateway.record({ ...about, would: `refused ${attempt.error.reason}` });
  }
  return { ...exchange, request: request.body === null ? request : rebuilt(request, body) };
}

/** A policy that is in shadow as a whole: what it would do is recorded, and the request goes on, as who it is. */
export async function forwardInShadow(exchange: Exchange, judgement: Judgement): Promise<Response> {
  const { gateway, requestId } = exchange;
  const authenticated = await identify(exchange);
  const principal = authenticated.ok ? authenticated.value.principal : undefined;
  const isRevoked =
    authenticated.ok &&
    (await gateway.standing.isRevoked(
      authenticated.value.principal,
      () => exchange.ledgerOf(authenticated.value.principal.sub),
      () => seenOf(exchange, authenticated.value),
    ));
  const lacks =
    judgement.kind === "route" &&
    principal !== undefined &&
    signInProblem(judgement.signIn, principal, nowSeconds(exchange)) !== null;
  const isMet =
    judgement.kind === "route" &&
    (judgement.requirement === "nothing" ||
      (judgement.requirement === "sign-in" && principal !== undefined && !lacks && !isRevoked));
  if (!isMet) {
    gateway.record({
      event: "shadow",
      requestId,
      ...(principal === undefined ? {} : { sub: principal.sub }),
      ...(judgement.kind === "route" ? { route: judgement.id } : {}),
      enforced: "nothing",
      would: describeJudgement(judgement),
    });
  }
  return authenticated.ok && !isRevoked
    ? forwardAs(exchange, authenticated.value)
    : forwardAnonymous(exchange);
}
