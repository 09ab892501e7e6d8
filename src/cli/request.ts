import * as z from "zod";
import { readCommentedJson } from "../policy/json.ts";
import { parseTarget, type Target } from "../policy/target.ts";
import { readText } from "./policy-file.ts";
import { UsageProblem } from "./command.ts";

/** Who a request is imagined to be from. */
export const User = z.strictObject({
  groups: z.array(z.string()).default([]),
  scopes: z.array(z.string()).default([]),
  claims: z.record(z.string(), z.unknown()).default({}),
  /** Seconds since the sign-in. */
  signedInSecondsAgo: z.number().min(0).default(60),
});
export type User = z.infer<typeof User>;

/** A request to judge. */
export interface Request {
  readonly method: string;
  readonly url: string;
  /** Null when the target itself is refused. */
  readonly target: Target | null;
  readonly headers: Headers;
  readonly body: Uint8Array | null;
}

/** The host of a request that is written as a path alone. */
const ANY_HOST = "https://app.example.com";

const CONTENT_TYPE_OF: readonly (readonly [RegExp, string])[] = [
  [/^\s*[[{]/, "application/json"],
  [/^--(\S+)\r\n/, "multipart/form-data"],
];

/** The content type that a body most likely has: JSON, multipart with its boundary, else a form. */
function guessContentType(body: string): string {
  const [pattern, type] = CONTENT_TYPE_OF.find(([pattern]) => pattern.test(body)) ?? [];
  const boundary = type === "multipart/form-data" ? `; boundary=${pattern?.exec(body)?.[1] ?? ""}` : "";
  return type === undefined ? "application/x-www-form-urlencoded" : type + boundary;
}

/** Makes a request of a method, a URL or path, headers and a body. A content type that is not given is guessed. */
export function requestOf(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | null,
): Request {
  const target = parseTarget(url.startsWith("/") ? ANY_HOST + url : url);
  const all = new Headers(headers);
  if (body !== null && !all.has("content-type")) {
    all.set("content-type", guessContentType(body));
  }
  return {
    method: method.toUpperCase(),
    url,
    target: target.ok ? target.value : null,
    headers: all,
    body: body === null ? null : new TextEncoder().encode(body),
  };
}

/** Reads `Name: value` lines. */
export function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):\s*(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) {
        throw new UsageProblem(`"${line}" is no header; write --header 'Name: value'`);
      }
      return [name, value];
    }),
  );
}

/** Reads a file of JSON (with comments) of a known shape. */
export async function readJsonFile<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const json = readCommentedJson(await readText(file));
  if (!json.ok) {
    throw new UsageProblem(
      `${file}:${json.error.line}:${json.error.column} ${json.error.reason.replace(/\.$/, "")}`,
    );
  }
  // What is read has no prototypes; zod takes plain objects.
  const parsed = schema.safeParse(JSON.parse(JSON.stringify(json.value)));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageProblem(`${file}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is not valid"}`);
  }
  return parsed.data;
}
