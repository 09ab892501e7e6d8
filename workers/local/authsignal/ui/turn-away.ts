import { expiredPage, unknownPage } from "./state-pages.ts";
import { wayBack } from "./visit.ts";
import type { Arrival } from "./visit.ts";

/** What someone sees who comes without a token that holds. */
export function turnAway(arrival: Exclude<Arrival, { kind: "visit" }>): Promise<Response> {
  return arrival.kind === "expired"
    ? expiredPage(arrival, wayBack(arrival.action, arrival.token))
    : unknownPage(arrival.popup);
}
