import type { ErrorCode } from "../../src/http/codes.ts";
import type { Authenticated } from "../../src/identity/authenticate.ts";
import { parseChallengeId, type ConsumeProblem } from "../../src/ledger/port.ts";
import type { Attempt } from "../../src/stepup/begin.ts";
import { demandOf } from "../../src/stepup/route-demand.ts";
import { lackOf } from "./challenge-state.ts";
import { refuse, type Exchange } from "./exchange.ts";
import { release } from "./release.ts";
import { factsOf, refuseRevoked } from "./sign-in.ts";

/** The header by which a program repeats its request with a completed challenge. */
export const CHALLENGE_HEADER = "Sallyport-Challenge";

/** A sensitive request that was read whole and understood. */
export interface Understood {
  readonly attempt: Attempt;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A program repeats its request with the id of a challenge it completed. */
export async function repeatApproved(
  exchange: Exchange,
  authenticated: Authenticated,
  { attempt, body }: Understood,
  named: string,
): Promise<Response> {
  const { request, requestId, gateway } = exchange;
  const id = parseChallengeId(named);
  if (id === undefined) {
    return refuse(request, requestId, "challenge_not_found");
  }
  const { principal } = authenticated;
  const ledger = exchange.ledgerOf(principal.sub);
  const { binding, route } = attempt;
  const consumed = await ledger.consume(factsOf(principal), id, { binding, demand: demandOf(route) });
  if (!consumed.ok) {
    switch (consumed.reason) {
      case "revoked":
        return refuseRevoked(exchange, authenticated);
      case "unmet": {
        const { methods } = route;
        const facts = { requestId, sub: principal.sub, route: route.id, action: route.action, challenge: id };
        gateway.record({ event: "refused", ...facts, reason: "unmet" });
        return refuse(request, requestId, "challenge_refused", {
          detail: lackOf(route),
          ...(methods === undefined ? {} : { extensions: { methods } }),
        });
      }
      default:
        return refuse(request, requestId, CONSUME_CODES[consumed.reason]);
    }
  }
  const { challenge } = consumed;
  const answer = await release(exchange, principal, challenge, rebuilt(request, body));
  return (
    answer ??
    refuse(request, requestId, "origin_unreachable", {
      detail:
        "The connection to the application broke after the request was sent. Check before you send it again.",
    })
  );
}

/** What a program is told when its challenge does not release the request. */
const CONSUME_CODES: Readonly<Record<Exclude<ConsumeProblem, "revoked" | "unmet">, ErrorCode>> = {
  not_found: "challenge_not_found",
  not_ready: "challenge_pending",
  mismatch: "challenge_mismatch",
  used: "challenge_used",
  ended: "challenge_ended",
};

/** The request again, after its body was read. */
export function rebuilt(request: Request, body: Uint8Array<ArrayBuffer>): Request {
  const bodyless = request.method === "GET" || request.method === "HEAD";
  return new Request(request.url, {
    method: request.method,
    headers: request.headers,
    body: bodyless ? null : body,
    redirect: "manual",
  });
}
