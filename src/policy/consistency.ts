import { isJsonObject } from "./json.ts";
import { compilePattern } from "./pattern.ts";
import type { Pattern } from "./pattern.ts";
import { problemAt } from "./problem.ts";
import type { PolicyProblem } from "./problem.ts";
import { Route } from "./schema.ts";
import type { AttributeRule, StepUpRoute } from "./schema.ts";

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const JSON_POINTER = /^(?:\/(?:[^~/]|~[01])*)+$/;
const BODYLESS_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

type Place = readonly (string | number)[];

function repeatedIds(entries: readonly unknown[], place: string): PolicyProblem[] {
  const seen = new Set<unknown>();
  return entries.flatMap((entry, index) => {
    const id = isJsonObject(entry) ? entry["id"] : undefined;
    const isRepeated = typeof id === "string" && seen.has(id);
    seen.add(id);
    return isRepeated
      ? [problemAt([place, index, "id"], `must be unique, and ${JSON.stringify(id)} is not`)]
      : [];
  });
}

function attributeProblem(
  rule: AttributeRule,
  route: StepUpRoute,
  pattern: Pattern | null,
): [string, string] | null {
  if (rule.type === "number" && rule.min !== undefined && rule.max !== undefined && rule.min > rule.max) {
    return ["min", "must not be greater than max"];
  }
  switch (rule.from) {
    case "header":
      return HEADER_NAME.test(rule.name) ? null : ["name", "must be the name of a header"];
    case "path":
      return pattern === null || pattern.parameters.includes(rule.name)
        ? null
        : ["name", `must be a parameter of the path, and ${route.match.path} has no :${rule.name}`];
    case "body":
      if (route.match.methods.every((method) => BODYLESS_METHODS.has(method))) {
        return ["from", "must not be body on a route whose methods carry none"];
      }
      return !rule.name.startsWith("/") || JSON_POINTER.test(rule.name)
        ? null
        : ["name", "must be a JSON Pointer (RFC 6901) when it starts with /"];
    case "query":
    case "claim":
      return null;
  }
}

function stepUpProblems(route: StepUpRoute, pattern: Pattern | null, place: Place): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  for (const [name, rule] of Object.entries(route.attributes)) {
    const problem = attributeProblem(rule, route, pattern);
    if (problem !== null) {
      problems.push(problemAt([...place, "attributes", name, problem[0]], problem[1]));
    }
  }
  for (const [index, { attribute }] of route.summary.entries()) {
    if (!Object.hasOwn(route.attributes, attribute)) {
      const reason = `must name a declared attribute, and ${attribute} is none`;
      problems.push(problemAt([...place, "summary", index, "attribute"], reason));
    }
  }
  return problems;
}

function routeProblems(entry: unknown, index: number): PolicyProblem[] {
  const parsed = Route.safeParse(entry);
  if (!parsed.success) {
    return [];
  }
  const route = parsed.data;
  const place = ["routes", index];
  const problems: PolicyProblem[] = [];
  const pattern = compilePattern(route.match.path);
  if (!pattern.ok) {
    problems.push(problemAt([...place, "match", "path"], pattern.error));
  }
  const { methods } = route.match;
  if (methods?.includes("HEAD") && !methods.includes("GET")) {
    problems.push(
      problemAt([...place, "match", "methods"], "must list GET for HEAD, which is judged as GET"),
    );
  }
  if (route.require === "step-up") {
    problems.push(...stepUpProblems(route, pattern.ok ? pattern.value : null, place));
  }
  return problems;
}

/**
 * Finds what no single field shows: repeated ids, patterns that do not compile, names that nothing declares. Takes the
 * document before or after it is known to be well formed, so that these problems are reported beside the others.
 */
export function findInconsistencies(document: unknown): PolicyProblem[] {
  if (!isJsonObject(document)) {
    return [];
  }
  const { routes, reactions } = document;
  const routeList: readonly unknown[] = Array.isArray(routes) ? routes : [];
  const reactionList: readonly unknown[] = Array.isArray(reactions) ? reactions : [];
  return [
    ...repeatedIds(routeList, "routes"),
    ...routeList.flatMap(routeProblems),
    ...repeatedIds(reactionList, "reactions"),
  ];
}
