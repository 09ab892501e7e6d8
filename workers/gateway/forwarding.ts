import { allowChallenge, readAppPreflight } from "../../src/http/cors.ts";
import type { Authenticated } from "../../src/identity/authenticate.ts";
import type { Principal } from "../../src/identity/principal.ts";
import { ASSERTION_HEADER, type Approval } from "../../src/proxy/assertion.ts";
import { forward, type Forwarded, type ForwardProblem } from "../../src/proxy/forward.ts";
import { identityHeaders } from "../../src/proxy/identity-headers.ts";
import { refuse, type Exchange } from "./exchange.ts";
import { revocable } from "./revocable.ts";
import { takeUpload } from "./upload.ts";

/** Which answers are the app's: the gateway adds nothing to them. Only kept where it would add something to its own. */
const originAnswers = new WeakSet<Response>();

/** Whether an answer came from the origin. */
export function isOriginAnswer(answer: Response): boolean {
  return originAnswers.has(answer);
}

/** Forwards a request of nobody in particular. */
export function forwardAnonymous(exchange: Exchange): Promise<Response> {
  return answerOf(exchange, forwardedOf(exchange, exchange.request, []));
}

/**
 * Forwards a preflight: browsers send it without credentials, so none go on. The app does not know of
 * `Sallyport-Challenge`; for pages of configured origins the gateway allows it in the app's stead.
 */
export async function forwardPreflight(exchange: Exchange): Promise<Response> {
  const { request, gateway } = exchange;
  const { requestHeaders, asksForChallenge } = readAppPreflight(request.headers);
  const allows = asksForChallenge && gateway.config.corsOrigins.has(request.headers.get("origin") ?? "");
  const answer = await answerOf(exchange, {
    ...forwardedOf(exchange, request, []),
    withheld: [
      "Cookie",
      "Authorization",
      ...(allows && requestHeaders === undefined ? ["Access-Control-Request-Headers"] : []),
    ],
    set: allows && requestHeaders !== undefined ? [["Access-Control-Request-Headers", requestHeaders]] : [],
    authenticated: false,
  });
  return allows && isOriginAnswer(answer) ? ownedByOrigin(exchange, allowChallenge(answer)) : answer;
}

/** Forwards a request of a known user: identity headers and the assertion are set, the client's own are gone. */
export function forwardAs(
  exchange: Exchange,
  { principal }: Authenticated,
  request: Request = exchange.request,
  strict = false,
): Promise<Response> {
  const forwardWith = (assertion: string) =>
    answerOf(
      exchange,
      { ...forwardedOf(exchange, request, identityOf(principal, assertion)), strict },
      principal,
    );
  const assertion = exchange.gateway.signer.assert(principal, exchange.publicOrigin);
  return typeof assertion === "string" ? forwardWith(assertion) : assertion.then(forwardWith);
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
    { ...forwardedOf(exchange, request, set), target: approval.target, strict: true },
    // Whether or not anyone is left to see it, what became of a released request is recorded.
    { ...originOf(exchange), whenClientLeaves: undefined },
  );
  if (!answer.ok) {
    recordFailure(exchange, answer.error);
    return undefined;
  }
  return ownedByOrigin(exchange, revocable(exchange, principal, answer.value));
}

function answerOf(exchange: Exchange, forwarded: Forwarded, user?: Principal): Promise<Response> {
  return forward(forwarded, originOf(exchange)).then((answer) => {
    if (!answer.ok) {
      return refuse(exchange.request, exchange.requestId, answer.error.reason);
    }
    const { value } = answer;
    return ownedByOrigin(exchange, user === undefined ? value : revocable(exchange, user, value));
  });
}

function ownedByOrigin({ gateway }: Exchange, answer: Response): Response {
  if (gateway.config.corsOrigins.size > 0) {
    originAnswers.add(answer);
  }
  return answer;
}

/** What became of a released request is not told by a code, but the log tells it. */
function recordFailure({ gateway, requestId }: Exchange, { reason }: ForwardProblem): void {
  gateway.record({ event: "origin_failed", requestId, reason: reason });
}

function forwardedOf(exchange: Exchange, request: Request, set: Forwarded["set"]): Forwarded {
  const { target, publicOrigin } = exchange;
  return {
    request,
    target: target.pathname + target.search,
    publicOrigin,
    clientIp: clientIp(request),
    set,
    authenticated: set.length > 0,
    ...(exchange.isRevocable === true ? { asOnTheWire: true } : {}),
  };
}

function originOf({ gateway, whenClientLeaves }: Exchange) {
  const { url, isService, timeoutMs } = gateway.config.origin;
  return {
    url,
    isBehindCache: !isService,
    timeoutMs,
    fetch: gateway.originFetch,
    after,
    whenClientLeaves,
    takeUpload,
  };
}

function after(milliseconds: number, due: () => void): void {
  setTimeout(due, milliseconds);
}

function identityOf(principal: Principal, assertion: string): readonly (readonly [string, string])[] {
  return [...identityHeaders(principal), [ASSERTION_HEADER, assertion]];
}

/** The client's address as Cloudflare's edge says it; every other header that claims to know is client-made. */
export function clientIp(request: Request): string | undefined {
  return request.headers.get("cf-connecting-ip") ?? undefined;
}
