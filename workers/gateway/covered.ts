import type { Authenticated } from "../../src/identity/authenticate.ts";
import type { StepUpRoute } from "../../src/policy/schema.ts";
import { demandOf, freshSeconds } from "../../src/stepup/route-demand.ts";
import type { Exchange } from "./exchange.ts";
import { seenOf } from "./seen.ts";
import { factsOf, refuseRevoked } from "./sign-in.ts";

/**
 * Whether a step-up of this session and action is recent enough for the route, by the ledger alone: Authsignal is not
 * asked. Never where the route asks each time.
 *
 * @returns whether it is, or the refusal of a session that has been revoked.
 */
export async function isCovered(
  exchange: Exchange,
  authenticated: Authenticated,
  route: StepUpRoute,
): Promise<boolean | Response> {
  const { requestId, gateway } = exchange;
  const { principal } = authenticated;
  const seconds = freshSeconds(route);
  if (seconds === undefined) {
    return false;
  }
  const ledger = exchange.ledgerOf(principal.sub);
  const covered = await ledger.covered(
    factsOf(principal),
    route.action,
    seconds,
    demandOf(route),
    seenOf(exchange, authenticated),
  );
  switch (covered.kind) {
    case "revoked":
      return refuseRevoked(exchange, authenticated);
    case "uncovered":
      return false;
    case "covered": {
      const { method } = covered.grant;
      gateway.record({
        event: "allowed",
        requestId,
        sub: principal.sub,
        route: route.id,
        action: route.action,
        reason: "fresh",
        ...(method === undefined ? {} : { verificationMethod: method }),
      });
      return true;
    }
  }
}
