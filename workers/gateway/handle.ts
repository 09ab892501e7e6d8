import type { LedgerOf } from "../../src/ledger/port.ts";
import type { Authenticated } from "../../src/identity/authenticate.ts";
import { isPreflight, ownPreflight } from "../../src/http/cors.ts";
import { readBounded } from "../../src/http/body.ts";
import type { Judgement } from "../../src/policy/judge.ts";
import { isOverrideSensitive, judgeWithBody, judgeWithQuery } from "../../src/policy/overrides.ts";
import { parseTarget } from "../../src/policy/target.ts";
import { hasMarker, isTicketShaped } from "../../src/stepup/ticket.ts";
import { refuse, type Exchange } from "./exchange.ts";
import { forwardAnonymous, forwardAs, forwardPreflight } from "./forwarding.ts";
import type { Gateway } from "./gateway.ts";
import { handleOwn, OWN_PREFIX } from "./own.ts";
import { rebuilt } from "./repeat.ts";
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
    return isPreflight(request) ? ownPreflight() : handleOwn(exchange);
  }
  if (hasMarker(request)) {
    const returned = await handleReturn(exchange);
    return returned instanceof Response ? returned : decide({ ...exchange, request: returned });
  }
  return decide(exchange);
}

/** Judges a request of the app's and does what the policy requires. */
async function decide(exchange: Exchange): Promise<Response> {
  const { request, policy, target } = exchange;
  const judgement = judgeWithQuery(policy, request.method, target);
  if (request.body !== null && isOverrideSensitive(policy, request.method, target, judgement)) {
    return decideWithBody(exchange, judgement);
  }
  return enforce(exchange, judgement);
}

/**
 * A POST on a path where another method requires more: a field of its body could make it that method. What cannot be
 * looked at is not let through on the weaker requirement.
 */
async function decideWithBody(exchange: Exchange, judgement: Judgement): Promise<Response> {
  const { request, requestId, policy, target, gateway } = exchange;
  if (judgement.kind === "refused" || judgement.requirement === "deny") {
    return enforce(exchange, judgement);
  }
  if (judgement.requirement !== "nothing" && !(await identify(exchange)).ok) {
    return enforce(exchange, judgement); // nobody's body is read
  }
  if (request.headers.has("content-encoding")) {
    return refuse(request, requestId, "unsupported_content_type", {
      detail: "Send the body without Content-Encoding.",
    });
  }
  const limitBytes = gateway.config.keptBodyBytes;
  const body = await readBounded(request, limitBytes);
  if (body === undefined) {
    return refuse(request, requestId, "body_too_large", { detail: `The limit is ${limitBytes} bytes.` });
  }
  return enforce(
    { ...exchange, request: rebuilt(request, body) },
    judgeWithBody(policy, target, judgement, body),
  );
}

/** Does what a judgement requires. */
async function enforce(exchange: Exchange, judgement: Judgement): Promise<Response> {
  const { request, requestId } = exchange;
  if (judgement.kind === "refused") {
    return refuseJudgement(exchange, judgement);
  }
  if (judgement.requirement === "deny") {
    return refuse(request, requestId, "denied");
  }
  if (isPreflight(request)) {
    return forwardPreflight(exchange);
  }
  if (judgement.requirement === "nothing") {
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

/** Browsers send cookies with any site's WebSocket: only the app's pages may open one (RFC 6455 section 10.2). */
function isForeignSocket({ request, gateway }: Exchange, { carrier }: Authenticated): boolean {
  return (
    carrier === "cookie" &&
    request.headers.get("upgrade")?.toLowerCase() === "websocket" &&
    !gateway.config.socketOrigins.has(request.headers.get("origin") ?? "")
  );
}
