import type { LedgerOf } from "../../src/ledger/port.ts";
import type { Authenticated } from "../../src/identity/authenticate.ts";
import { judge, type Judgement } from "../../src/policy/judge.ts";
import { parseTarget } from "../../src/policy/target.ts";
import { hasMarker, isTicketShaped } from "../../src/stepup/ticket.ts";
import { refuse, type Exchange } from "./exchange.ts";
import { forwardAnonymous, forwardAs } from "./forwarding.ts";
import type { Gateway } from "./gateway.ts";
import { handleOwn, OWN_PREFIX } from "./own.ts";
import { handleReturn } from "./resume.ts";
import { identify, refuseRevoked, refuseUnknown } from "./sign-in.ts";
import { handleStepUp } from "./step-up.ts";

/** What the platform hands to a request. */
export interface Platform {
  readonly ledgerOf: LedgerOf;
  readonly later: (work: Promise<unknown>) => void;
}

/**
 * One request through the gateway: the target is read once, the policy judges it, and it is forwarded, sent to sign
 * in, stepped up or refused. Ordinary requests of known users take no detour: nothing here awaits for them but the
 * origin itself.
 */
export async function handle(request: Request, gateway: Gateway, platform: Platform): Promise<Response> {
  const requestId = crypto.randomUUID();
  const target = parseTarget(request.url);
  if (!target.ok) {
    return refuse(request, requestId, "invalid_target");
  }
  const publicOrigin = gateway.config.originByHost.get(target.value.host);
  if (publicOrigin === undefined) {
    return refuse(request, requestId, "unknown_host");
  }
  const loading = gateway.policies.current(platform.later);
  const policy = loading instanceof Promise ? await loading : loading;
  if (policy === undefined) {
    return refuse(request, requestId, "misconfigured");
  }
  const exchange: Exchange = {
    gateway,
    request,
    target: target.value,
    publicOrigin,
    policy,
    requestId,
    ...platform,
  };
  if (target.value.pathname.startsWith(OWN_PREFIX)) {
    return handleOwn(exchange);
  }
  if (hasMarker(request)) {
    const returned = await handleReturn(exchange);
    return returned instanceof Response ? returned : decide({ ...exchange, request: returned });
  }
  return decide(exchange);
}

/** Judges a request of the app's and does what the policy requires. */
async function decide(exchange: Exchange): Promise<Response> {
  const { request, requestId, policy, target } = exchange;
  const judgement = judge(policy, request.method, target);
  if (judgement.kind === "refused") {
    return refuseJudgement(exchange, judgement);
  }
  if (judgement.requirement === "deny") {
    return refuse(request, requestId, "denied");
  }
  if (judgement.requirement === "nothing" || isPreflight(request)) {
    return forwardAnonymous(exchange);
  }
  const identified = identify(exchange);
  const authenticated = identified instanceof Promise ? await identified : identified;
  if (!authenticated.ok) {
    return refuseUnknown(exchange, authenticated.error);
  }
  if (isForeignSocket(exchange, authenticated.value)) {
    return refuse(request, requestId, "cross_site");
  }
  if (judgement.requirement === "step-up") {
    return handleStepUp(exchange, authenticated.value, judgement);
  }
  const { principal } = authenticated.value;
  const reading = exchange.gateway.standing.isRevoked(principal, () => exchange.ledgerOf(principal.sub));
  const revoked = typeof reading === "boolean" ? reading : await reading;
  return revoked ? refuseRevoked(exchange, authenticated.value) : forwardAs(exchange, authenticated.value);
}

async function refuseJudgement(
  exchange: Exchange,
  refused: Extract<Judgement, { kind: "refused" }>,
): Promise<Response> {
  const { request, requestId } = exchange;
  if (refused.reason === "method_not_allowed" && isTicketShaped(request)) {
    // The way back to a kept GET is a POST as well; a person who took more than a minute has lost the marker.
    const returned = await handleReturn(exchange);
    if (returned instanceof Response) {
      return returned;
    }
  }
  return refused.reason === "method_not_allowed"
    ? refuse(request, requestId, "method_not_allowed", { headers: { Allow: refused.allow.join(", ") } })
    : refuse(request, requestId, "ambiguous_target");
}

/** A CORS preflight never carries credentials; the origin answers it, without an identity (Fetch, section 4.8). */
function isPreflight(request: Request): boolean {
  return request.method === "OPTIONS" && request.headers.has("access-control-request-method");
}

/** Browsers send cookies with any site's WebSocket: only the app's own pages may open one (RFC 6455 section 10.2). */
function isForeignSocket({ request, publicOrigin }: Exchange, { carrier }: Authenticated): boolean {
  return (
    carrier === "cookie" &&
    request.headers.get("upgrade")?.toLowerCase() === "websocket" &&
    request.headers.get("origin") !== publicOrigin
  );
}
