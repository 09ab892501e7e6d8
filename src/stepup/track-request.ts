import type { TrackRequest } from "../authsignal/port.ts";
import type { ChallengeId, Grant } from "../ledger/port.ts";
import type { Attempt } from "./begin.ts";

/** How long after its sign-in a session counts as new. */
const NEW_SESSION_SECONDS = 300;
/** Ten years: "never" is longer ago than whatever a rule compares with, so that such a rule fires. */
const NEVER_SECONDS = 315_360_000;

/**
 * What Authsignal's rules see of an attempt: the built-in data points, always, and the attributes of the route, which
 * come last, since their names are what the policy's author meant. README, "The policy", lists them.
 */
export function trackRequestOf(
  { principal, route, method, client, attributes, publicOrigin }: Attempt,
  id: ChallengeId,
  lastGrant: Grant | undefined,
  nowMs: number,
): TrackRequest {
  const secondsSinceSignIn = Math.max(0, Math.floor(nowMs / 1000) - principal.authTimeSeconds);
  const { country, ...facts } = client;
  return {
    userId: principal.sub,
    action: route.action,
    idempotencyKey: id,
    redirectUrl: `${publicOrigin}/.sallyport/challenges/${id}/return`,
    ...facts,
    custom: {
      ...attributes, // first where they are shown, and last below: they are what the policy's author meant
      route: route.id,
      httpMethod: method,
      secondsSinceSignIn,
      newSession: secondsSinceSignIn < NEW_SESSION_SECONDS,
      secondsSinceStepUp:
        lastGrant === undefined ? NEVER_SECONDS : Math.max(0, Math.floor((nowMs - lastGrant.atMs) / 1000)),
      lastStepUpMethod: lastGrant?.method ?? "NONE",
      country: country ?? "unknown",
      ...attributes,
    },
  };
}
