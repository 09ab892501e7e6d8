import type * as z from "zod/mini";

/** One thing that is wrong with a policy: where (`routes[2].attributes.amount.type`, or `` for the whole) and a sentence. */
export interface PolicyProblem {
  readonly path: string;
  readonly reason: string;
}

type PathPart = string | number;

/** Writes a path the way a person would: `routes[2].attributes.amount`. */
export function formatPath(parts: readonly PropertyKey[]): string {
  let path = "";
  for (const part of parts) {
    path += typeof part === "number" ? `[${part}]` : `${path === "" ? "" : "."}${String(part)}`;
  }
  return path;
}

/** What a sentence calls the value at a path: its last name, with its place in a list. */
function subject(parts: readonly PropertyKey[]): string {
  const nameAt = parts.findLastIndex((part) => typeof part !== "number");
  return nameAt === -1 ? "The document" : `"${formatPath(parts.slice(nameAt))}"`;
}

/** Makes a problem of the end of a sentence whose subject is the value at `parts`. */
export function problemAt(parts: readonly PathPart[], predicate: string): PolicyProblem {
  return { path: formatPath(parts), reason: `${subject(parts)} ${predicate}.` };
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: "an object",
  record: "an object",
  array: "a list",
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

function listed(values: readonly unknown[]): string {
  const texts = values.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return texts.length === 1 ? `${texts[0]}` : `one of ${texts.join(", ")}`;
}

/** The end of the sentence for an issue whose schema has no words of its own; an error map for zod. */
export function describeIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is missing"
        : `must be ${TYPE_NAMES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return issue.input === undefined ? "is missing" : `must be ${listed(issue.values)}`;
    case "invalid_union":
      return describeUnion(issue.options, issue.input, issue.discriminator);
    case "unrecognized_keys":
      return "is not a known key here";
    default:
      return "is not valid";
  }
}

function describeUnion(options: unknown, input: unknown, discriminator: string | undefined): string {
  const given =
    typeof input === "object" && input !== null && discriminator !== undefined
      ? Reflect.get(input, discriminator)
      : undefined;
  if (Array.isArray(options)) {
    return `${given === undefined ? "is missing; it " : ""}must be ${listed(options)}`;
  }
  return "is not valid";
}

/** Turns zod's issues into problems: one for each unknown key, one for each other issue. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): PolicyProblem[] {
  return issues.flatMap((issue) => {
    const parts = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => problemAt([...parts, key], "is not a known key here"));
    }
    const inner = issue.code === "invalid_key" ? issue.issues[0]?.message : undefined;
    return [problemAt(parts, inner ?? issue.message)];
  });
}
