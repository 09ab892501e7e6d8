import type { CompiledRoute, Policy } from "./parse.ts";
import { intersect, samplePath, within } from "./pattern-sets.ts";
import { probes } from "./probes.ts";
import { reactionFindings } from "./reaction-findings.ts";

/** Something about a valid policy that its author should know. Only a `note` is as it should be, if it is meant. */
export interface Finding {
  readonly severity: "error" | "warning" | "note";
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

const RANK = { nothing: 0, "sign-in": 1, "step-up": 2, deny: 3 } as const;

/** The data points that the gateway sends (src/stepup/track-request.ts). */
const BUILT_IN: ReadonlySet<string> = new Set([
  "route",
  "httpMethod",
  "secondsSinceSignIn",
  "newSession",
  "secondsSinceStepUp",
  "lastStepUpMethod",
  "country",
]);

/** Whether two routes take a method in common: HEAD counts as GET. */
function shareMethod(first: CompiledRoute, second: CompiledRoute): boolean {
  const { methods } = second;
  return (
    first.methods === null || methods === null || [...first.methods].some((method) => methods.has(method))
  );
}

function takesAllMethodsOf(first: CompiledRoute, second: CompiledRoute): boolean {
  const { methods } = first;
  return (
    methods === null ||
    (second.methods !== null && [...second.methods].every((method) => methods.has(method)))
  );
}

function orderFindings(routes: readonly CompiledRoute[]): Finding[] {
  const findings: Finding[] = [];
  for (const [index, later] of routes.entries()) {
    const hider = routes
      .slice(0, index)
      .find(
        (route) =>
          route.conditions === null &&
          takesAllMethodsOf(route, later) &&
          within(later.pattern, route.pattern),
      );
    if (hider !== undefined) {
      findings.push({
        severity: "error",
        path: `routes[${index}]`,
        message: `Route ${later.id} is never reached: ${hider.id} before it takes every request that it would.`,
        fix: `Move ${later.id} above ${hider.id}, or delete it.`,
      });
      continue;
    }
    for (const earlier of routes.slice(0, index)) {
      const isWeaker = RANK[earlier.definition.require] < RANK[later.definition.require];
      const isOfOneHost = (earlier.conditions?.hosts ?? null) !== null && later.conditions === null;
      const isException = isOfOneHost || within(earlier.pattern, later.pattern);
      if (
        isWeaker &&
        !isException &&
        shareMethod(earlier, later) &&
        intersect(earlier.pattern, later.pattern)
      ) {
        findings.push({
          severity: "warning",
          path: `routes[${index}].match.path`,
          message: `Route ${earlier.id} (${earlier.definition.require}) comes first and takes some of the paths of ${later.id} (${later.definition.require}).`,
          fix: `Move ${later.id} above ${earlier.id}, or write the exception out as a path of its own.`,
        });
      }
    }
  }
  return findings;
}

function routeFindings(route: CompiledRoute, index: number): Finding[] {
  const findings: Finding[] = [];
  const { definition, id } = route;
  const place = `routes[${index}]`;
  if (definition.shadow !== false) {
    findings.push({
      severity: "note",
      path: `${place}.shadow`,
      message: `Route ${id} is in shadow: it is recorded, and the later routes are what is enforced.`,
      fix: "Take shadow out when the record shows what you expect.",
    });
  }
  if (definition.require !== "step-up") {
    return findings;
  }
  for (const name of Object.keys(definition.attributes).filter((name) => BUILT_IN.has(name))) {
    findings.push({
      severity: "warning",
      path: `${place}.attributes.${name}`,
      message: `The attribute ${name} hides the data point of that name that the gateway sends.`,
      fix: "Give it another name.",
    });
  }
  if (definition.summary.length === 0 && Object.keys(definition.attributes).length > 0) {
    findings.push({
      severity: "note",
      path: place,
      message: `Route ${id} shows the person nothing of what they approve.`,
      fix: `Add a summary, such as [{ "label": "Amount", "attribute": "${Object.keys(definition.attributes)[0]}" }].`,
    });
  }
  return findings;
}

/** What a valid policy's author should know: routes that nothing reaches, that hide others, or that can be gone around. */
export function findingsOf(policy: Policy): readonly Finding[] {
  const { routes, document } = policy.whole ?? policy;
  const shadow: readonly Finding[] = document.shadow
    ? [
        {
          severity: "warning",
          path: "shadow",
          message: "The whole policy is in shadow: everything is recorded and nothing is enforced.",
          fix: "Take shadow out when the record shows what you expect.",
        },
      ]
    : [];
  return [
    ...shadow,
    ...orderFindings(routes),
    ...routes.flatMap(routeFindings),
    ...document.reactions.flatMap(reactionFindings),
    ...routes.flatMap((route, index) =>
      probes(policy, route, samplePath(route.pattern), `routes[${index}].match.path`),
    ),
  ];
}
