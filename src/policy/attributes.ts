import { fail, ok } from "../http/result.ts";
import type { Result } from "../http/result.ts";
import { isBodyRule } from "./body-rule.ts";
import { readBody, topLevelNames } from "./body.ts";
import type { Body } from "./body.ts";
import { readForm } from "./form.ts";
import type { FormField } from "./form.ts";
import { isReservedName } from "./lookalike.ts";
import { findField, findHeader, findMember, isNamedIn, pointerSteps } from "./lookup.ts";
import { boundaryOf } from "./multipart.ts";
import type { CompiledStepUpRoute } from "./parse.ts";
import type { PathParameters } from "./pattern.ts";
import { readValue } from "./scalar.ts";
import type { Scalar, ScalarProblem } from "./scalar.ts";
import type { AttributeRule } from "./attribute-schema.ts";
import type { Target } from "./target.ts";

/** The values that Authsignal's rules see, by attribute name; an optional attribute that is absent is not in it. */
export type Attributes = Readonly<Record<string, Scalar>>;

/** Where attributes are read from. `body` is null when the request has none; it must be complete, never a prefix. */
export interface AttributeInput {
  readonly target: Target;
  readonly params: PathParameters;
  readonly headers: Headers;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly contentType: string | null;
  readonly body: Uint8Array | null;
}

/** Why a request is refused before Authsignal is asked. It names the attribute, never a value. */
export type AttributeProblem =
  | { readonly reason: "unsupported_content_type" }
  | { readonly reason: "malformed_body" }
  | { readonly reason: "malformed_query" }
  | { readonly reason: "reserved_field" }
  | { readonly reason: "missing" | ScalarProblem; readonly attribute: string };

type Failure = AttributeProblem["reason"];

/** What the attributes of one request are looked up in. */
interface Sources {
  readonly input: AttributeInput;
  readonly query: readonly FormField[];
  readonly body: Body;
}

const LEFTOVER_ESCAPE = /%[0-9a-fA-F]{2}/;
const MULTIPART = /^[ \t]*multipart\//i;

function rulesOf(route: CompiledStepUpRoute): readonly (readonly [string, AttributeRule])[] {
  return Object.entries(route.definition.attributes);
}

/** Whether `readAttributes` must be given the body: also for the query, which frameworks merge with the body's fields. */
export function needsBody(route: CompiledStepUpRoute): boolean {
  return rulesOf(route).some(([, rule]) => isBodyRule(rule) || rule.from === "query");
}

/** The kinds of body that each source takes. */
const KINDS: Readonly<Partial<Record<AttributeRule["from"], readonly Body["kind"][]>>> = {
  body: ["form", "json"],
  form: ["form"],
  multipart: ["multipart"],
};

function findInBody({ body, query }: Sources, { from, name }: AttributeRule): Result<unknown, Failure> {
  const steps = from === "body" ? pointerSteps(name) : [name];
  const flatName = steps.length === 1 ? steps.join("") : `${steps[0]}[${steps.slice(1).join("][")}]`;
  const queryNames = query.map((field) => field.name);
  if (isNamedIn(queryNames, flatName)) {
    return fail("ambiguous");
  }
  if (body.kind !== "none" && !KINDS[from]?.includes(body.kind)) {
    return fail("unsupported_content_type");
  }
  switch (body.kind) {
    case "none":
      return ok(undefined);
    case "form":
      return from === "body" && name.startsWith("/")
        ? fail("unsupported_content_type")
        : findField(body.fields, name);
    case "multipart":
      return isNamedIn(body.fileNames, name) ? fail("ambiguous") : findField(body.fields, name);
    case "json":
      return findMember(body.value, steps);
    case "opaque":
      return fail("unsupported_content_type");
  }
}

function findInQuery({ body, query, input }: Sources, name: string): Result<unknown, Failure> {
  if (body.kind === "opaque" && MULTIPART.test(input.contentType ?? "")) {
    return fail("unsupported_content_type");
  }
  return isNamedIn(topLevelNames(body), name) ? fail("ambiguous") : findField(query, name);
}

function find(sources: Sources, rule: AttributeRule): Result<unknown, Failure> {
  const { claims, headers, params } = sources.input;
  switch (rule.from) {
    case "body":
    case "form":
    case "multipart":
      return findInBody(sources, rule);
    case "query":
      return findInQuery(sources, rule.name);
    case "header":
      return findHeader(headers, rule.name);
    case "claim":
      return ok(Object.hasOwn(claims, rule.name) ? (claims[rule.name] ?? undefined) : undefined);
    case "path": {
      const value = Object.hasOwn(params, rule.name) ? params[rule.name] : undefined;
      return value !== undefined && LEFTOVER_ESCAPE.test(value) ? fail("ambiguous") : ok(value);
    }
  }
}

function readSources(route: CompiledStepUpRoute, input: AttributeInput): Result<Sources, AttributeProblem> {
  if (!needsBody(route)) {
    return ok({ input, query: [], body: { kind: "none" } });
  }
  const query = readForm(input.target.search.slice(1));
  if (query === null) {
    return fail({ reason: "malformed_query" });
  }
  const body = readBody(input.body, input.contentType, input.headers.get("Content-Encoding"));
  if (!body.ok) {
    const isForNobody =
      boundaryOf(input.contentType) !== null && !rulesOf(route).some(([, rule]) => rule.from === "multipart");
    return fail({ reason: isForNobody ? "unsupported_content_type" : body.error });
  }
  const names = [...query.map((field) => field.name), ...topLevelNames(body.value)];
  if (names.some(isReservedName)) {
    return fail({ reason: "reserved_field" });
  }
  return ok({ input, query, body: body.value });
}

function problem(reason: Failure, attribute: string): AttributeProblem {
  switch (reason) {
    case "unsupported_content_type":
    case "malformed_body":
    case "malformed_query":
    case "reserved_field":
      return { reason };
    default:
      return { reason, attribute };
  }
}

/**
 * Reads a step-up route's declared attributes out of a request. What the rules see must be what the origin uses, so
 * whatever frameworks are known to read differently is refused: repeated or look-alike names, one name in query and
 * body, JSON with a name twice, other charsets and content types, method overrides, numbers with two spellings.
 * An empty text and JSON's null count as absent. Gives the first problem in the order of declaration. Never throws.
 */
export function readAttributes(
  route: CompiledStepUpRoute,
  input: AttributeInput,
): Result<Attributes, AttributeProblem> {
  const sources = readSources(route, input);
  if (!sources.ok) {
    return sources;
  }
  const attributes: Record<string, Scalar> = {};
  for (const [name, rule] of rulesOf(route)) {
    const found = find(sources.value, rule);
    if (!found.ok) {
      return fail(problem(found.error, name));
    }
    if (found.value === undefined || found.value === "") {
      if (rule.required) {
        return fail({ reason: "missing", attribute: name });
      }
      continue;
    }
    const value = readValue(rule, found.value);
    if (!value.ok) {
      return fail({ reason: value.error, attribute: name });
    }
    attributes[name] = value.value;
  }
  return ok(attributes);
}
