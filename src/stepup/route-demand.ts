import type { Demand } from "../ledger/demand.ts";
import type { Limit } from "../ledger/port.ts";
import { durationSeconds } from "../policy/duration.ts";
import type { StepUpRoute } from "../policy/schema.ts";

/** What a route asks of a proof. With `fresh: "once"` an ALLOW is none, and neither is a review. */
export function demandOf(route: Pick<StepUpRoute, "methods" | "factorAge" | "fresh">): Demand {
  return {
    methods: route.methods,
    factorAgeSeconds: route.factorAge === undefined ? undefined : durationSeconds(route.factorAge),
    acceptsUnproven: route.fresh !== "once",
  };
}

/** How long a step-up spares further questions; `undefined` where each is asked. */
export function freshSeconds({ fresh }: Pick<StepUpRoute, "fresh">): number | undefined {
  return fresh === "always-ask" || fresh === "once" ? undefined : durationSeconds(fresh);
}

/** How many challenges one user may start on a route. */
export function limitOf({ limits }: Pick<StepUpRoute, "limits">): Limit {
  return { challenges: limits.challenges, withinSeconds: durationSeconds(limits.within) };
}
