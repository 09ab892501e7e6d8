import type { Finding } from "./findings.ts";
import { judge } from "./judge.ts";
import type { CompiledRoute, Policy } from "./parse.ts";
import { inCapitals } from "./pattern-sets.ts";
import { parseTarget } from "./target.ts";

const RANK = { nothing: 0, "sign-in": 1, "step-up": 2, deny: 3 } as const;
const HOST = "policy.invalid";

/** Ways to write a path that name the same thing to some origin, each with who reads it so. */
const DISGUISES: readonly (readonly [(path: string) => string, string])[] = [
  [inCapitals, "origins that ignore case"],
  [(path) => `${path}/`, "origins that ignore a trailing slash"],
  [(path) => path.replace("/", "//"), "origins that merge slashes"],
  [(path) => `${path};a=1`, "servlet containers"],
  [(path) => `${path}%20`, "origins that trim names"],
  [(path) => path.replace(/.$/, (last) => `%${last.charCodeAt(0).toString(16)}`), "origins that decode"],
  [
    (path) => path.replace(/.$/, (last) => `%25${last.charCodeAt(0).toString(16)}`),
    "origins that decode twice",
  ],
];

/** How strict the policy is with a path; null when the target is refused, which is as strict as can be. */
function rankOf(policy: Policy, route: CompiledRoute, method: string, path: string): number | null {
  const host = [...(route.conditions?.hosts ?? [])][0] ?? HOST;
  const target = parseTarget(`https://${host}${path}`);
  const judgement = target.ok ? judge(policy, method, target.value, new Headers()) : null;
  return judgement?.kind === "route" ? RANK[judgement.requirement] : null;
}

/** What reaches the same thing as a route's sample path with less than the route requires. */
export function probes(policy: Policy, route: CompiledRoute, path: string, place: string): Finding[] {
  const required = RANK[route.definition.require];
  const method = [...(route.methods ?? ["GET"])][0] ?? "GET";
  const isEnforced = route.definition.shadow === false;
  const { conditions } = route;
  const isPlain = conditions === null || (conditions.query.length === 0 && conditions.headers.length === 0);
  if (
    required < RANK["step-up"] ||
    !isEnforced ||
    !isPlain ||
    rankOf(policy, route, method, path) !== required
  ) {
    return [];
  }
  const asksLess = (other: string) => (rankOf(policy, route, method, other) ?? required) < required;
  const findings: Finding[] = [];
  for (const [disguise, who] of DISGUISES) {
    if (asksLess(disguise(path))) {
      findings.push({
        severity: "error",
        path: place,
        message: `${method} ${disguise(path)} asks for less than ${method} ${path}, and ${who} take them for one.`,
        fix: `Add a route for it that requires ${route.definition.require}.`,
      });
    }
  }
  return findings;
}
