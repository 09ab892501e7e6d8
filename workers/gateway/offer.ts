import { countsFor } from "../../src/ledger/counting.ts";
import type { StepUpRoute } from "../../src/policy/schema.ts";
import type { Attempt, Begun } from "../../src/stepup/begin.ts";
import { freshSeconds } from "../../src/stepup/route-demand.ts";
import type { Exchange } from "./exchange.ts";

/**
 * The header of a challenge to a program (RFC 9470 section 3).
 *
 * `acr_values` names the action: there is no registered value for "Authsignal decides". `max_age` says how long a
 * check is enough for: 0 where each request needs its own, the duration of `fresh` where one covers more.
 */
export function stepUpHeader(route: StepUpRoute, maxAgeSeconds = freshSeconds(route) ?? 0): string {
  return (
    'Bearer error="insufficient_user_authentication", ' +
    `error_description="Another check is needed for this", acr_values="authsignal:${route.action}", max_age=${maxAgeSeconds}`
  );
}

/** The member `challenge` of the problem document; docs/openapi.json describes it. */
export function challengeMember(
  { publicOrigin, gateway }: Exchange,
  { route, summary }: Attempt,
  begun: Begun,
) {
  const methods = begun.kind !== "step-up" ? undefined : methodsOf(route, begun.allowedMethods);
  return {
    id: begun.id,
    kind: begun.kind,
    action: route.action,
    // A review asks nothing of the person, so there is nowhere to go, and nothing to go there with.
    ...(begun.kind === "review" ? {} : { url: begun.way.url, token: begun.way.token }),
    expiresAt: new Date(begun.expiresAtMs).toISOString(),
    expiresIn: begun.kind === "review" ? gateway.config.reviewSeconds : gateway.config.challengeSeconds,
    complete: `${publicOrigin}/.sallyport/challenges/${begun.id}`,
    ...(methods === undefined ? {} : { methods }),
    summary,
  };
}

/** The methods that Authsignal offers and the route counts; where Authsignal does not say, the route's own. */
function methodsOf(
  { methods }: StepUpRoute,
  allowed: readonly string[] | undefined,
): readonly string[] | undefined {
  return allowed === undefined ? methods : allowed.filter((method) => countsFor(methods, method));
}
