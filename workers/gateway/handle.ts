import type { LedgerOf } from "../../src/ledger/port.ts";
import type { Authenticated, AuthenticationProblem } from "../../src/identity/authenticate.ts";
import { isPreflight, ownPreflight } from "../../src/http/cors.ts";
import type { Result } from "../../src/http/result.ts";
import type { Judgement, Refusal, RouteJudgement } from "../../src/policy/judgement.ts";
import type { LimiterOf } from "../../src/sign-in/limiter-port.ts";
import type { Policy } from "../../src/policy/parse.ts";
import { hasMarker, isTicketShaped } from "../../src/stepup/ticket.ts";
import type { StepUpJudgement } from "./attempt.ts";
import { nowSeconds, refuse, type Exchange, type HoldingExchange } from "./exchange.ts";
import { forwardAnonymous, forwardAs, forwardPreflight } from "./forwarding.ts";
import { underPolicy, type Gateway } from "./gateway.ts";
import { mayBeOverridden, overridden } from "./overridden.ts";
import { seenOf } from "./seen.ts";
import { identify, refuseRevoked, refuseUnknown } from "./sign-in.ts";
import { forwardInShadow, isObserved, observe } from "./shadow.ts";
import { refuseSignIn, signInProblem } from "./sign-in-conditions.ts";
import { statusAnswer } from "./status.ts";
import { unmixed } from "./unmixed.ts";

/** Everything below this path is Sallyport's own and never reaches the origin. */
const OWN_PREFIX = "/.sallyport/";

/** Awaited only where there is something to wait for: each turn of an await costs an ordinary request its share. */
type Answer = Response | Promise<Response>;

/** What the platform hands to a request. */
export interface Platform {
  readonly ledgerOf: LedgerOf;
  readonly limiterOf: LimiterOf;
  readonly later: (work: Promise<unknown>) => void;
  readonly whenClientLeaves: (left: () => void) => void;
}

/**
 * One request through the gateway: the target is read once, the policy judges it, and it is forwarded, sent to sign
 * in, stepped up or refused. Ordinary requests of known users take no detour: nothing here awaits for them but the
 * origin itself. What ordinary requests do not need is loaded when a request first needs it.
 */
export function handle(request: Request, gateway: Gateway, platform: Platform): Answer {
  const requestId = crypto.randomUUID();
  const target = gateway.judge.target(request.url);
  if (!target.ok) {
    return refuse(request, requestId, "invalid_target");
  }
  const publicOrigin = gateway.config.originByHost.get(target.value.host);
  if (publicOrigin === undefined) {
    return refuse(request, requestId, "unknown_host");
  }
  const begun = { request, target: target.value, publicOrigin, requestId, ...platform };
  const policy = gateway.policies.current(platform.later);
  return policy instanceof Promise
    ? policy.then((loaded) => handleUnder(loaded, gateway, begun))
    : handleUnder(policy, gateway, begun);
}

function handleUnder(
  policy: Policy | undefined,
  gateway: Gateway,
  begun: Omit<Exchange, "gateway" | "policy">,
): Answer {
  const { request, target, requestId } = begun;
  if (policy === undefined) {
    return refuse(request, requestId, "misconfigured");
  }
  const exchange: Exchange = { ...begun, gateway: underPolicy(gateway, policy), policy };
  if (target.pathname.startsWith(OWN_PREFIX)) {
    return statusAnswer(exchange) ?? handleOwnRequest(exchange);
  }
  return hasMarker(request) ? handleMarked(exchange) : decide(exchange);
}

/** A request of Sallyport's own. Some stand behind a step-up, like the app's. */
async function handleOwnRequest(exchange: Exchange): Promise<Response> {
  const { request } = exchange;
  const { behindStepUp } = await import("./behind-step-up.ts");
  const governed = behindStepUp(exchange);
  if (governed !== undefined) {
    return hasMarker(request) ? handleMarked(governed) : decide(governed);
  }
  if (isPreflight(request)) {
    return ownPreflight();
  }
  const { handleOwn } = await import("./own.ts");
  return handleOwn(exchange);
}

async function handleMarked(exchange: Exchange): Promise<Response> {
  const { handleReturn } = await import("./resume.ts");
  const returned = await handleReturn(exchange);
  return returned instanceof Response ? returned : decide({ ...exchange, request: returned });
}

/** Judges a request of the app's, also by what runs in shadow, and does what the policy requires. */
function decide(exchange: Exchange): Answer {
  const { request, policy, target, gateway } = exchange;
  const judgement = gateway.judge.judge(policy, request.method, target, request.headers);
  return isObserved(exchange)
    ? untilAnswered(exchange, (held) => observeFirst(held, judgement))
    : enforce(exchange, judgement);
}

async function observeFirst(exchange: HoldingExchange, judgement: Judgement): Promise<Response> {
  const observed = await observe(exchange, judgement);
  return observed instanceof Response ? observed : enforce(observed, judgement);
}

/** Does what may read a body: what is kept of it counts until the request is answered. */
async function untilAnswered(
  exchange: Exchange,
  act: (exchange: HoldingExchange) => Promise<Response>,
): Promise<Response> {
  const held = { bytes: 0 };
  try {
    return await act({ ...exchange, held });
  } finally {
    exchange.gateway.bodies.release(held.bytes);
  }
}

/** Does what a judgement requires, which a field of the body may make stricter. */
function enforce(exchange: Exchange, judgement: Judgement): Answer {
  if (exchange.policy.isShadow) {
    return forwardInShadow(exchange, judgement);
  }
  return mayBeOverridden(exchange, judgement)
    ? untilAnswered(exchange, (held) => enforceOverridden(held, judgement))
    : demand(exchange, judgement);
}

async function enforceOverridden(exchange: HoldingExchange, judgement: Judgement): Promise<Response> {
  const checked = await overridden(exchange, judgement);
  return checked instanceof Response ? checked : demand(checked.exchange, checked.judgement);
}

function demand(exchange: Exchange, judgement: Judgement): Answer {
  const { request } = exchange;
  if (judgement.kind === "refused") {
    return refuseJudgement(exchange, judgement);
  }
  if (judgement.requirement === "deny") {
    return refuse(request, exchange.requestId, "denied");
  }
  return judgement.bodyMustNotName.length > 0 && judgement.requirement !== "step-up"
    ? untilAnswered(exchange, (held) => letThroughUnmixed(held, judgement))
    : letThrough(exchange, judgement);
}

async function letThroughUnmixed(exchange: HoldingExchange, judgement: RouteJudgement): Promise<Response> {
  const checked = await unmixed(exchange, judgement);
  return checked instanceof Response ? checked : letThrough(checked, judgement);
}

/** Does what a judgement requires that does not deny. */
function letThrough(judged: Exchange, judgement: RouteJudgement): Answer {
  const exchange: Exchange = judgement.isRevocable ? { ...judged, isRevocable: true } : judged;
  const { request } = exchange;
  if (isPreflight(request)) {
    return forwardPreflight(exchange);
  }
  if (judgement.requirement === "nothing") {
    return forwardAnonymous(exchange);
  }
  const identified = identify(exchange);
  return identified instanceof Promise
    ? identified.then((authenticated) => letKnownThrough(exchange, judgement, authenticated))
    : letKnownThrough(exchange, judgement, identified);
}

function letKnownThrough(
  exchange: Exchange,
  judgement: RouteJudgement,
  authenticated: Result<Authenticated, AuthenticationProblem>,
): Answer {
  if (!authenticated.ok) {
    return refuseUnknown(exchange, authenticated.error);
  }
  if (isForeignSocket(exchange, authenticated.value)) {
    return refuse(exchange.request, exchange.requestId, "cross_site");
  }
  const { principal } = authenticated.value;
  const lacking = signInProblem(judgement.signIn, principal, nowSeconds(exchange));
  if (judgement.requirement === "step-up") {
    return lacking === null
      ? untilAnswered(exchange, (held) => stepUp(held, authenticated.value, judgement))
      : refuseSignIn(exchange, authenticated.value, lacking);
  }
  const reading = exchange.gateway.standing.isRevoked(
    principal,
    () => exchange.ledgerOf(principal.sub),
    () => seenOf(exchange, authenticated.value),
  );
  const goOn = (isRevoked: boolean) => {
    if (isRevoked) {
      return refuseRevoked(exchange, authenticated.value);
    }
    return lacking === null
      ? forwardAs(exchange, authenticated.value)
      : refuseSignIn(exchange, authenticated.value, lacking);
  };
  return typeof reading === "boolean" ? goOn(reading) : reading.then(goOn);
}

async function stepUp(
  exchange: HoldingExchange,
  authenticated: Authenticated,
  judgement: StepUpJudgement,
): Promise<Response> {
  const { handleStepUp } = await import("./step-up.ts");
  return handleStepUp(exchange, authenticated, judgement);
}

async function refuseJudgement(exchange: Exchange, refused: Refusal): Promise<Response> {
  const { request, requestId } = exchange;
  if (refused.reason !== "ambiguous_target" && isTicketShaped(request)) {
    // The way back to a kept GET is a POST as well; a person who took more than a minute has lost the marker.
    const { handleReturn } = await import("./resume.ts");
    const returned = await handleReturn(exchange);
    if (returned instanceof Response) {
      return returned;
    }
  }
  switch (refused.reason) {
    case "method_not_allowed":
      return refuse(request, requestId, refused.reason, { headers: { Allow: refused.allow.join(", ") } });
    case "unsupported_content_type": {
      const accept = refused.accept.join(", ");
      return refuse(request, requestId, refused.reason, {
        detail: `Send ${accept}.`,
        headers: { Accept: accept }, // RFC 9110 section 15.5.16
      });
    }
    case "ambiguous_target":
    case "invalid_target":
      return refuse(request, requestId, refused.reason);
  }
}

/** Browsers send cookies with any site's WebSocket: only the app's pages may open one (RFC 6455 section 10.2). */
function isForeignSocket({ request, gateway }: Exchange, { carrier }: Authenticated): boolean {
  return (
    carrier === "cookie" &&
    request.headers.get("upgrade")?.toLowerCase() === "websocket" &&
    !gateway.config.socketOrigins.has(request.headers.get("origin") ?? "")
  );
}
