import { readForm } from "./form.ts";
import type { FormField } from "./form.ts";
import { lookalikeOf } from "./lookalike.ts";
import type { Match } from "./match-schema.ts";
import { foldCase } from "./pattern.ts";
import { decodePercent } from "./percent.ts";
import type { Target } from "./target.ts";

/**
 * Whether a request meets a condition. `maybe`: some origin could take it for a match and another not; the request is
 * then judged both ways, and the stricter outcome counts (judge-reading.ts). So a trick can only ever get more protection.
 */
export type Fit = "yes" | "no" | "maybe";

/** What conditions are read from. */
export interface Subject {
  readonly method: string;
  readonly target: Target;
  readonly headers: Headers;
}

interface NamedCondition {
  readonly name: string;
  /** Null: any value. */
  readonly values: readonly string[] | null;
  readonly folded: ReadonlySet<string>;
  readonly isLookalike: (name: string) => boolean;
}

/** The conditions of a match beyond method and path, compiled. */
export interface Conditions {
  readonly hosts: ReadonlySet<string> | null;
  readonly query: readonly NamedCondition[];
  readonly headers: readonly NamedCondition[];
  readonly contentTypes: readonly string[] | null;
}

const ANY_VALUE = "*";
const DEFAULT_PORT = /:(?:80|443)$/;
const BODYLESS_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const NOT_PRINTABLE_ASCII = /[^\x20-\x7e]/;
const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
/** A media type as RFC 9110 section 8.3.1 writes it, with nothing that one parser takes and another does not. */
const PLAIN_CONTENT_TYPE = new RegExp(
  `^(${TOKEN}/${TOKEN})(?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|"[^"\\\\,;]*"))*$`,
);

/** A value as the most lenient origin compares it: escapes, case, surrounding space and quotes aside. */
function foldValue(text: string): string {
  return foldCase(decodePercent(text))
    .replace(/\p{Cc}/gu, "")
    .trim()
    .replace(/^"(.*)"$/, "$1");
}

function compileNamed(entries: Match["query"]): NamedCondition[] {
  return Object.entries(entries ?? {}).map(([name, wanted]) => {
    const values = [wanted].flat();
    return {
      name,
      values: values.includes(ANY_VALUE) ? null : values,
      folded: new Set(values.map(foldValue)),
      isLookalike: lookalikeOf(name),
    };
  });
}

/** Compiles the conditions of a match; null when it has none, so that plain routes cost nothing. */
export function compileConditions(match: Match): Conditions | null {
  const { hosts, query, headers, contentTypes } = match;
  if (hosts === undefined && query === undefined && headers === undefined && contentTypes === undefined) {
    return null;
  }
  return {
    // A target's host has lost its scheme's own port.
    hosts:
      hosts === undefined ? null : new Set(hosts.flatMap((host) => [host, host.replace(DEFAULT_PORT, "")])),
    query: compileNamed(query),
    headers: compileNamed(headers).map((condition) => ({ ...condition, name: condition.name.toLowerCase() })),
    contentTypes: contentTypes ?? null,
  };
}

/** Whether a request can carry a body: over HTTP/2 one may come without any header that says so. */
export function mayHaveBody({ method, headers }: Subject): boolean {
  const length = headers.get("content-length");
  return BODYLESS_METHODS.has(method)
    ? headers.has("content-type") || headers.has("transfer-encoding") || (length !== null && length !== "0")
    : length !== "0";
}

function isNamedBy(condition: NamedCondition, field: FormField): boolean {
  const again = decodePercent(field.name); // an origin that decodes twice
  return (
    field.name === condition.name ||
    again === condition.name ||
    condition.isLookalike(field.name) ||
    condition.isLookalike(again)
  );
}

function fitOfQuery(condition: NamedCondition, fields: readonly FormField[] | null): Fit {
  if (fields === null) {
    return "maybe"; // nobody knows which names these are
  }
  const found = fields.filter((field) => isNamedBy(condition, field));
  const [only] = found;
  if (only === undefined) {
    return "no";
  }
  const { values, folded, name } = condition;
  const isPlain = found.length === 1 && only.name === name && !only.isBehindSemicolon && only.value !== null;
  if (isPlain && (values === null || values.includes(only.value ?? ""))) {
    return "yes";
  }
  const couldBe = found.some(
    ({ value }) => values === null || value === null || folded.has(foldValue(value)),
  );
  return couldBe ? "maybe" : "no";
}

/** Header names as CGI-like origins fold them. */
function canonicalHeader(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "_");
}

function fitOfHeader({ name, values, folded }: NamedCondition, headers: Headers): Fit {
  const canonical = canonicalHeader(name);
  const found: string[] = [];
  let isPlain = true;
  for (const [other, value] of headers) {
    if (canonicalHeader(other) === canonical) {
      found.push(value);
      isPlain &&= other === name;
    } else if (other === "connection" && value.toLowerCase().includes(name)) {
      isPlain = false; // nominated for removal on the way (RFC 9110 section 7.6.1): the origin may not see it
    }
  }
  const [only] = found;
  if (only === undefined) {
    return "no";
  }
  isPlain &&= found.length === 1 && !only.includes(",") && !NOT_PRINTABLE_ASCII.test(only);
  if (isPlain && (values === null || values.includes(only))) {
    return "yes";
  }
  const pieces = found.flatMap((value) => [value, ...value.split(/[,;]/)]);
  const couldBe =
    values === null ||
    pieces.some((piece) => NOT_PRINTABLE_ASCII.test(piece) || folded.has(foldValue(piece)));
  return couldBe ? "maybe" : "no";
}

/** How the request's content type meets a list of media types. Without a body to speak of, nothing is known. */
export function fitOfContentType(wanted: readonly string[], subject: Subject): Fit {
  const given = subject.headers.get("content-type")?.toLowerCase();
  if (given === undefined) {
    return BODYLESS_METHODS.has(subject.method) ? "maybe" : "no";
  }
  const essence = PLAIN_CONTENT_TYPE.exec(given)?.[1];
  const isWanted = (type: string) =>
    type.endsWith("/*") ? essence?.startsWith(type.slice(0, -1)) : essence === type;
  if (essence !== undefined && wanted.some(isWanted)) {
    return "yes";
  }
  // `text/plain; application/json`, `application/vnd.x+json`: some origins look for a word anywhere.
  const couldBe = wanted.some((type) => {
    const [kind = "", subtype = ""] = type.split("/");
    return given.includes(subtype === "*" ? `${kind}/` : subtype);
  });
  return couldBe || essence === undefined ? "maybe" : "no";
}

function both(first: Fit, second: Fit): Fit {
  if (first === "no" || second === "no") {
    return "no";
  }
  return first === "yes" ? second : first;
}

/**
 * How a request meets the hosts, query and header conditions of a route; content types are asked for apart. The query
 * is what it says: whether the body names the same fields, as origins that merge the two would see, is for whoever
 * reads the body (`Judgement.bodyMustNotName`).
 */
export function fitOf(conditions: Conditions, subject: Subject): Fit {
  const { hosts, query, headers } = conditions;
  if (hosts !== null && !hosts.has(subject.target.host)) {
    return "no";
  }
  let fit: Fit = "yes";
  if (query.length > 0) {
    const text = subject.target.search.slice(1);
    const fields = readForm(text);
    // An origin that decodes the whole query before it takes it apart finds other fields.
    const decoded = text.includes("%") ? decodePercent(text) : text;
    const others = decoded === text ? fields : readForm(decoded);
    for (const condition of query) {
      const found = fitOfQuery(condition, fields);
      fit = both(fit, found === fitOfQuery(condition, others) ? found : "maybe");
    }
  }
  for (const condition of headers) {
    fit = both(fit, fitOfHeader(condition, subject.headers));
  }
  return fit;
}
