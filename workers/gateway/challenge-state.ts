import type { Failure, ChallengeView } from "../../src/ledger/port.ts";
import { durationSeconds } from "../../src/policy/duration.ts";
import type { StepUpRoute } from "../../src/policy/schema.ts";
import { nameMethods, nameSeconds } from "../../src/stepup/methods.ts";
import type { Exchange } from "./exchange.ts";

/** The route of a challenge as the policy has it now; `undefined` when it is gone or asks for something else. */
export function routeOf({ policy }: Exchange, { route }: ChallengeView): StepUpRoute | undefined {
  const definition = policy.routes.find((candidate) => candidate.id === route)?.definition;
  return definition?.require === "step-up" ? definition : undefined;
}

/** A challenge as a program sees it. */
export function stateOf(exchange: Exchange, challenge: ChallengeView) {
  const methods = routeOf(exchange, challenge)?.methods;
  return {
    id: challenge.id,
    kind: challenge.kind,
    state: challenge.state,
    action: challenge.action,
    summary: challenge.summary,
    expiresAt: new Date(challenge.expiresAtMs).toISOString(),
    ...(challenge.failure === undefined ? {} : { failure: challenge.failure }),
    ...(methods === undefined ? {} : { methods }),
  };
}

/** What would do instead, in a sentence, where a check failed for what it was made with. */
export function adviceOf(failure: Failure | undefined, route: StepUpRoute | undefined): string | undefined {
  const methods = route?.methods;
  switch (failure) {
    case "wrong_method":
      return methods === undefined
        ? "What is approved on another device does not count here."
        : `This needs ${nameMethods(methods)}.`;
    case "factor_too_new": {
      const age = route?.factorAge;
      return age === undefined
        ? "What you used was set up too recently to count here."
        : `What you used was set up too recently: here it counts once it is ${nameSeconds(durationSeconds(age))} old. Use one that you have had for longer.`;
    }
    case "review_refused":
      return "The review did not allow it.";
    case "demanded_again":
      return "Since you confirmed this, something has happened to your account, and a new check is needed.";
    case "not_passed":
    case undefined:
      return undefined;
  }
}

/** What a proof lacks for a route, in a sentence: said when the policy has become stricter than what was proven. */
export function lackOf(route: StepUpRoute): string {
  return route.methods === undefined
    ? "What was confirmed is not enough for this any more. Please start again."
    : `This needs ${nameMethods(route.methods)}. Please start again.`;
}
