import type { Principal } from "../../src/identity/principal.ts";
import type { ChallengeView } from "../../src/ledger/port.ts";
import type { Exchange } from "./exchange.ts";
import { forwardApproved } from "./forwarding.ts";

/**
 * Forwards what a consumed challenge approved, and notes its fate. The caller has consumed the challenge just now,
 * so this happens once. It goes on when the client goes away: what was approved is still sent (design decision 8).
 *
 * @returns the origin's answer, or `undefined` when the connection broke: the challenge is then `uncertain`.
 */
export async function release(
  exchange: Exchange,
  principal: Principal,
  challenge: ChallengeView,
  request: Request,
): Promise<Response | undefined> {
  const { gateway, requestId, later } = exchange;
  const facts = {
    requestId,
    sub: principal.sub,
    route: challenge.route,
    action: challenge.action,
    challenge: challenge.id,
    policy: exchange.policy.version,
  };
  const ledger = exchange.ledgerOf(principal.sub);
  gateway.record({ event: "released", ...facts });
  const sent = forwardApproved(exchange, principal, request, {
    action: challenge.action,
    challenge: challenge.id,
    verificationMethod: challenge.verificationMethod,
    completedAtSeconds:
      challenge.completedAtMs === undefined ? undefined : Math.floor(challenge.completedAtMs / 1000),
    method: challenge.method,
    target: challenge.target,
    binding: challenge.binding,
  });
  later(
    sent.then((answer) => {
      const fate = answer === undefined ? "uncertain" : "delivered";
      gateway.record({ event: fate, ...facts });
      return ledger.finish(challenge.id, fate);
    }),
  );
  return sent;
}
