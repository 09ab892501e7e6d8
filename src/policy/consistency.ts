import { isBodyRule } from "./body-rule.ts";
import type { AttributeRule } from "./attribute-schema.ts";
import { isJsonObject } from "./json.ts";
import type { Match } from "./match-schema.ts";
import { compilePattern } from "./pattern.ts";
import type { Pattern } from "./pattern.ts";
import { problemAt } from "./problem.ts";
import type { PolicyProblem } from "./problem.ts";
import { Route } from "./schema.ts";
import type { StepUpRoute } from "./schema.ts";

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const JSON_POINTER = /^(?:\/(?:[^~/]|~[01])*)+$/;

/** The content types that a body attribute can be read from. */
const TYPES_OF: Readonly<Partial<Record<AttributeRule["from"], ReadonlySet<string>>>> = {
  body: new Set(["application/x-www-form-urlencoded", "application/json"]),
  form: new Set(["application/x-www-form-urlencoded"]),
  multipart: new Set(["multipart/form-data"]),
};

/** Headers that the gateway or the hop before it removes, sets or rewrites: the origin may not see what was judged. */
const UNSTABLE_HEADER =
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|host|content-length|content-type|cookie|authorization|forwarded|x-forwarded-.*|x-http-method.*|x-method-override|x-original-.*|x-rewrite-.*|cf-.*|sallyport-.*)$/;

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
    case "form":
    case "multipart":
      return bodyRuleProblem(rule, route);
    case "query":
    case "claim":
      return null;
  }
}

function bodyRuleProblem(rule: AttributeRule, { match }: StepUpRoute): [string, string] | null {
  if (match.methods.every((method) => BODYLESS_METHODS.has(method))) {
    return ["from", `must not be ${rule.from} on a route whose methods carry no body`];
  }
  if (rule.from === "body" && rule.name.startsWith("/") && !JSON_POINTER.test(rule.name)) {
    return ["name", "must be a JSON Pointer (RFC 6901) when it starts with /"];
  }
  const types = TYPES_OF[rule.from];
  return types === undefined ||
    match.contentTypes === undefined ||
    match.contentTypes.some((type) => types.has(type))
    ? null
    : ["from", `reads ${[...types].join(" or ")}, and match.contentTypes lists neither`];
}

function freshProblem({ fresh, attributes, acceptsOpenAmount }: StepUpRoute): string | null {
  const isDuration = fresh !== "always-ask" && fresh !== "once";
  const bound = Object.entries(attributes).find(([, rule]) => isBodyRule(rule))?.[0];
  return isDuration && bound !== undefined && !acceptsOpenAmount
    ? `must be always-ask or once, since the body names what is approved (${bound}): one approval would cover any ` +
        "other value for that time. If that is meant, add acceptsOpenAmount: true"
    : null;
}

/** What cannot be meant together with a challenge each time. */
function onceProblems({ fresh, unenrolled, review }: StepUpRoute, place: Place): PolicyProblem[] {
  if (fresh !== "once") {
    return [];
  }
  return [
    ...(unenrolled === "allow"
      ? [
          problemAt(
            [...place, "unenrolled"],
            "must be enroll or deny with fresh: once, which lets nobody through unasked",
          ),
        ]
      : []),
    ...(review === "wait"
      ? [
          problemAt(
            [...place, "review"],
            "must be deny with fresh: once, since a review does not show who is asking",
          ),
        ]
      : []),
  ];
}

function stepUpProblems(route: StepUpRoute, pattern: Pattern | null, place: Place): PolicyProblem[] {
  const problems: PolicyProblem[] = onceProblems(route, place);
  const fresh = freshProblem(route);
  if (fresh !== null) {
    problems.push(problemAt([...place, "fresh"], fresh));
  }
  for (const [name, rule] of Object.entries(route.attributes)) {
    const problem = attributeProblem(rule, route, pattern);
    if (problem !== null) {
      problems.push(problemAt([...place, "attributes", name, problem[0]], problem[1]));
    }
  }
  const sources = Object.values(route.attributes).map(({ from }) => from);
  if (sources.includes("multipart") && (sources.includes("body") || sources.includes("form"))) {
    problems.push(
      problemAt(
        [...place, "attributes"],
        "must not mix multipart with body or form: a body is one or the other",
      ),
    );
  }
  for (const [index, { attribute }] of route.summary.entries()) {
    if (!Object.hasOwn(route.attributes, attribute)) {
      const reason = `must name a declared attribute, and ${attribute} is none`;
      problems.push(problemAt([...place, "summary", index, "attribute"], reason));
    }
  }
  return problems;
}

function conditionProblems({ headers = {}, contentTypes, methods }: Match, place: Place): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const seen = new Set<string>();
  for (const [name, values] of Object.entries(headers)) {
    const at = [...place, "match", "headers", name];
    const lower = name.toLowerCase();
    if (!HEADER_NAME.test(name)) {
      problems.push(problemAt(at, "must be the name of a header"));
    } else if (seen.has(lower)) {
      problems.push(problemAt(at, "is named twice, in two spellings"));
    } else if (UNSTABLE_HEADER.test(lower)) {
      const instead =
        lower === "content-type" ? "use match.contentTypes" : "match on what the app alone reads";
      problems.push(problemAt(at, `does not reach the app as it came; ${instead}`));
    }
    if ([values].flat().some((value) => !/^[\x21-\x2b\x2d-\x7e]+(?: [\x21-\x2b\x2d-\x7e]+)*$/.test(value))) {
      problems.push(problemAt(at, "must be printable ASCII without a comma, which would be two headers"));
    }
    seen.add(lower);
  }
  if (contentTypes !== undefined && methods?.every((method) => BODYLESS_METHODS.has(method))) {
    problems.push(
      problemAt([...place, "match", "contentTypes"], "must not be on a route whose methods carry no body"),
    );
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
  problems.push(...conditionProblems(route.match, place));
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
