import { lookAtReview } from "../../src/stepup/review.ts";
import type { Exchange } from "./exchange.ts";
import type { Own } from "./start-over.ts";

/** A challenge that waits for a review, in the state that Authsignal says it is in, as far as it is time to ask. */
export async function reviewed(exchange: Exchange, own: Own): Promise<Own> {
  const { gateway, requestId } = exchange;
  const { authenticated, ledger, challenge } = own;
  if (challenge.kind !== "review" || challenge.state !== "pending") {
    return own;
  }
  const { principal } = authenticated;
  const ports = { ledger, authsignal: gateway.authsignal, record: gateway.record };
  const state = await lookAtReview(requestId, principal, challenge, ports);
  return state === challenge.state
    ? own
    : { ...own, challenge: (await ledger.find(principal, challenge.id)) ?? { ...challenge, state } };
}
