import { judge } from "../../../src/policy/judge.ts";
import type { Judgement } from "../../../src/policy/judgement.ts";
import { parsePolicy } from "../../../src/policy/parse.ts";
import type { CompiledStepUpRoute, Policy } from "../../../src/policy/parse.ts";
import { parseTarget } from "../../../src/policy/target.ts";
import type { Target } from "../../../src/policy/target.ts";

/** A policy of these routes, with sign-in as its default. */
export function policyOf(routes: readonly object[], defaultRequirement = "sign-in"): Policy {
  const document = { version: 1, default: { require: defaultRequirement }, routes };
  const parsed = parsePolicy(JSON.stringify(document));
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.error));
  }
  return parsed.value;
}

/** The target of a path (and query) on the app's host. */
export function targetOf(pathAndQuery: string): Target {
  const parsed = parseTarget(`http://app.localhost${pathAndQuery}`);
  if (!parsed.ok) {
    throw new Error(`${pathAndQuery}: ${parsed.error}`);
  }
  return parsed.value;
}

export function judgePath(policy: Policy, method: string, path: string, headers = new Headers()): Judgement {
  return judge(policy, method, targetOf(path), headers);
}

/** A compiled step-up route with these attributes and further members. */
export function stepUpRouteOf(attributes: object, rest: object = {}): CompiledStepUpRoute {
  const match = { methods: ["POST"], path: "/transfer" };
  const policy = policyOf([
    { id: "transfer", match, require: "step-up", action: "transfer", attributes, ...rest },
  ]);
  const [route] = policy.routes;
  if (route === undefined || route.definition.require !== "step-up") {
    throw new Error("the fixture holds one step-up route");
  }
  // Just checked; the intersection does not narrow the whole object.
  return route as CompiledStepUpRoute;
}
