import { durationSeconds } from "../../src/policy/duration.ts";
import type { StepUpRoute } from "../../src/policy/schema.ts";
import type { Attempt, Begun } from "../../src/stepup/begin.ts";
import { countsFor } from "../../src/stepup/methods.ts";
import type { Exchange } from "./exchange.ts";

/**
 * The header of a challenge to a program (RFC 9470 section 3).
 *
 * `acr_values` names the action: there is no registered value for "Authsignal decides". `max_age` says how long a
 * check is enough for: 0 where each request needs its own, the duration of `fresh` where one covers more.
 */
export function stepUpHeader({ action, fresh }: StepUpRoute, maxAgeSeconds = freshSeconds(fresh)): string {
  return (
    'Bearer error="insufficient_user_authentication", ' +
    `error_description="Another check is needed for this", acr_values="authsignal:${action}", max_age=${maxAgeSeconds}`
  );
}

function freshSeconds(fresh: StepUpRoute["fresh"]): number {
  return fresh === "always-ask" || fresh === "once" ? 0 : durationSeconds(fresh);
}

/** The member `challenge` of the problem document; docs/openapi.json describes it. */
export function challengeMember(
  { publicOrigin, gateway }: Exchange,
  { route, summary }: Attempt,
  begun: Begun,
) {
  const methods = begun.kind === "enrolment" ? undefined : methodsOf(route, begun.allowedMethods);
  return {
    id: begun.id,
    kind: begun.kind,
    action: route.action,
    url: begun.way.url,
    token: begun.way.token,
    expiresAt: new Date(begun.expiresAtMs).toISOString(),
    expiresIn: gateway.config.challengeSeconds,
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
