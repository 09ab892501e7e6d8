import { readBounded } from "../../src/http/body.ts";
import { renderPage } from "../../src/http/page.ts";
import type { Principal } from "../../src/identity/principal.ts";
import type { ChallengeId, ChallengeView } from "../../src/ledger/port.ts";
import { meets, passedOf } from "../../src/ledger/demand.ts";
import { namesAgain } from "../../src/policy/mixed-names.ts";
import { judgeKept, judgeWithQuery } from "../../src/policy/overrides.ts";
import { uncertainPage } from "../../src/stepup/pages.ts";
import { demandOf } from "../../src/stepup/route-demand.ts";
import { headersOfKept, isKeptHeader, openKept, type KeptRequest } from "../../src/stepup/sealed.ts";
import { isTicket, readTicket, TICKET_BODY_BYTES, type Ticket } from "../../src/stepup/ticket.ts";
import { lackOf } from "./challenge-state.ts";
import { refuse, seeOther, type Exchange } from "./exchange.ts";
import { release } from "./release.ts";
import { signInProblem } from "./sign-in-conditions.ts";
import { factsOf, identify, refuseRevoked } from "./sign-in.ts";
import { refuseMixed } from "./unmixed.ts";

/**
 * A POST that its headers mark as a return from a challenge. Its few bytes are read; with a valid ticket the kept
 * request is released.
 *
 * @returns the answer, or the request again, with its body put back, when it was an ordinary one after all.
 */
export async function handleReturn(exchange: Exchange): Promise<Response | Request> {
  const { request } = exchange;
  const body = await readBounded(request, TICKET_BODY_BYTES);
  const ticket = body === undefined ? undefined : readTicket(body);
  if (body === undefined || ticket === undefined) {
    return new Request(request.url, {
      method: "POST",
      headers: request.headers,
      body: body ?? null,
      redirect: "manual",
    });
  }
  return resume(exchange, ticket);
}

async function resume(exchange: Exchange, ticket: Ticket): Promise<Response> {
  const { id } = ticket;
  const { request, requestId, gateway, target, publicOrigin } = exchange;
  const authenticated = await identify(exchange);
  if (!authenticated.ok) {
    return seeOther(`/.sallyport/challenges/${id}`); // signed out meanwhile: its page asks to sign in
  }
  const { principal } = authenticated.value;
  if (!(await isTicket(gateway.keyring, principal, ticket))) {
    return refuse(request, requestId, "challenge_not_found");
  }
  const ledger = exchange.ledgerOf(principal.sub);
  const found = await ledger.find(factsOf(principal), id);
  if (found === undefined) {
    const { revoked } = await ledger.standing(factsOf(principal));
    return revoked
      ? refuseRevoked(exchange, authenticated.value)
      : refuse(request, requestId, "challenge_not_found");
  }
  if (found.target !== target.pathname + target.search) {
    return refuse(request, requestId, "challenge_not_found");
  }
  const page = `/.sallyport/challenges/${id}`;
  if (found.method === "GET" && (found.state === "consumed" || found.state === "delivered")) {
    return seeOther(publicOrigin + found.target); // a reload of the page: a view like any other, judged anew
  }
  if (found.state !== "succeeded") {
    return seeOther(page); // it says what became of it: done, not known, ended
  }
  // Only conditions are read from what was kept; a policy without any saves the question.
  const { hasConditions } = exchange.policy;
  const sealed = hasConditions ? await ledger.kept(factsOf(principal), id) : undefined;
  const waiting = await openOwnKept(exchange, principal, id, sealed);
  if (hasConditions && waiting === undefined) {
    // Another return was faster, and what it sent is no longer kept; or its secret is gone.
    return sealed === undefined ? seeOther(page) : refuse(request, requestId, "challenge_ended");
  }
  const judged = judgeAgain(exchange, principal, found, waiting);
  if (judged instanceof Response) {
    return judged;
  }
  const consumed = await ledger.consume(factsOf(principal), id, "ticket");
  if (!consumed.ok) {
    return consumed.reason === "revoked" ? refuseRevoked(exchange, authenticated.value) : seeOther(page);
  }
  const kept = await openOwnKept(exchange, principal, id, consumed.kept);
  if (kept === undefined) {
    return refuse(request, requestId, "challenge_ended"); // sealed under a secret that is gone
  }
  const answer = await release(
    { ...exchange, ...judged },
    principal,
    consumed.challenge,
    resumedRequest(request, kept),
  );
  return answer ?? renderPage(uncertainPage({ ...consumed.challenge, state: "uncertain" }));
}

/** The policy of this moment decides again (design decision 7): deny wins, and another action was not approved. */
function judgeAgain(
  exchange: Exchange,
  principal: Principal,
  challenge: ChallengeView,
  kept: KeptRequest | undefined,
): Response | { readonly isRevocable: boolean } {
  const { request, requestId, policy, target } = exchange;
  const headers = kept === undefined ? new Headers() : headersOfKept(kept);
  const judgement =
    kept === undefined
      ? judgeWithQuery(policy, challenge.method, target, headers)
      : judgeKept(policy, kept.method, target, headers, kept.body);
  if (judgement.kind === "route" && kept !== undefined) {
    if (namesAgain(judgement.bodyMustNotName, kept.body, headers)) {
      return refuseMixed(exchange, judgement.bodyMustNotName);
    }
  }
  if (judgement.kind === "refused" || judgement.requirement === "deny") {
    return refuse(request, requestId, "denied");
  }
  // The age of the sign-in counted when the challenge began: nobody is sent round for having taken a minute.
  const startedSeconds = Math.floor(challenge.createdAtMs / 1000);
  if (signInProblem(judgement.signIn, principal, startedSeconds) !== null) {
    return refuse(request, requestId, "not_permitted");
  }
  const { isRevocable } = judgement;
  if (judgement.requirement !== "step-up") {
    return { isRevocable }; // less is required now than was proven
  }
  const route = judgement.route.definition;
  if (route.action !== challenge.action) {
    return refuse(request, requestId, "challenge_ended");
  }
  return meets(passedOf(challenge), demandOf(route))
    ? { isRevocable }
    : refuse(request, requestId, "challenge_refused", { detail: lackOf(route) });
}

async function openOwnKept(
  { gateway }: Exchange,
  principal: Principal,
  id: ChallengeId,
  sealed: string | undefined,
): Promise<KeptRequest | undefined> {
  return sealed === undefined ? undefined : openKept(gateway.keyring, principal.sub, id, sealed);
}

/** The kept request as this browser sends it now: what described the original is restored, the rest is today's. */
function resumedRequest(resuming: Request, kept: KeptRequest): Request {
  // A copy that is thinned out, because reading values one by one would spoil bytes that are not UTF-8.
  const headers = new Headers(resuming.headers);
  for (const name of resuming.headers.keys()) {
    if (isKeptHeader(name)) {
      headers.delete(name);
    }
  }
  for (const [name, value] of kept.headers) {
    headers.set(name, value);
  }
  const bodyless = kept.method === "GET" || kept.method === "HEAD";
  return new Request(resuming.url, {
    method: kept.method,
    headers,
    body: bodyless ? null : kept.body,
    redirect: "manual",
  });
}
