import type { Authenticated } from "../../src/identity/authenticate.ts";
import type { Principal } from "../../src/identity/principal.ts";
import { ASSERTION_HEADER, type Approval } from "../../src/proxy/assertion.ts";
import { forward, type Forwarded } from "../../src/proxy/forward.ts";
import { identityHeaders } from "../../src/proxy/identity-headers.ts";
import { refuse, type Exchange } from "./exchange.ts";

/** Forwards a request of nobody in particular. */
export async function forwardAnonymous(exchange: Exchange): Promise<Response> {
  return answerOf(exchange, forwardedOf(exchange, exchange.request, []));
}

/** Forwards a request of a known user: identity headers and the assertion are set, the client's own are gone. */
export async function forwardAs(
  exchange: Exchange,
  { principal }: Authenticated,
  request: Request = exchange.request,
): Promise<Response> {
  const made = exchange.gateway.signer.assert(principal, exchange.publicOrigin);
  const assertion = typeof made === "string" ? made : await made;
  return answerOf(exchange, forwardedOf(exchange, request, identityOf(principal, assertion)));
}

/**
 * Forwards an approved request, once: with the approval in its assertion and an idempotency key (the client's own
 * if it had one).
 *
 * @returns the origin's answer, or `undefined` when the connection broke and nobody knows what became of it.
 */
export async function forwardApproved(
  exchange: Exchange,
  principal: Principal,
  request: Request,
  approval: Approval,
): Promise<Response | undefined> {
  const assertion = await exchange.gateway.signer.assert(principal, exchange.publicOrigin, approval);
  const key: readonly [string, string][] = request.headers.has("idempotency-key")
    ? []
    : [["Idempotency-Key", approval.challenge]];
  const set = [...identityOf(principal, assertion), ...key];
  const answer = await forward(
    { ...forwardedOf(exchange, request, set), target: approval.target },
    originOf(exchange),
  );
  return answer.ok ? answer.value : undefined;
}

async function answerOf(exchange: Exchange, forwarded: Forwarded): Promise<Response> {
  const answer = await forward(forwarded, originOf(exchange));
  return answer.ok ? answer.value : refuse(exchange.request, exchange.requestId, answer.error.reason);
}

function forwardedOf({ target, publicOrigin }: Exchange, request: Request, set: Forwarded["set"]): Forwarded {
  return {
    request,
    target: target.pathname + target.search,
    publicOrigin,
    clientIp: clientIp(request),
    set,
    authenticated: set.length > 0,
  };
}

function originOf({ gateway }: Exchange) {
  return { ...gateway.config.origin, fetch: gateway.fetch, wait };
}

function wait(milliseconds: number): Promise<void> {
  return scheduler.wait(milliseconds);
}

function identityOf(principal: Principal, assertion: string): readonly (readonly [string, string])[] {
  return [...identityHeaders(principal), [ASSERTION_HEADER, assertion]];
}

/** The client's address as Cloudflare's edge says it; every other header that claims to know is client-made. */
export function clientIp(request: Request): string | undefined {
  return request.headers.get("cf-connecting-ip") ?? undefined;
}
