import { fail, ok } from "../http/result.ts";
import type { Result } from "../http/result.ts";
import { decodePercent } from "./percent.ts";

/** The values of a pattern's `:name` segments, as they stand in the reading that matched. */
export type PathParameters = Readonly<Record<string, string>>;

type Segment =
  | { readonly kind: "literal"; readonly spellings: readonly string[]; readonly folded: readonly string[] }
  | { readonly kind: "parameter"; readonly name: string };

/** A compiled path pattern: literal and `:name` segments, then perhaps `*` for zero or more further segments. */
export interface Pattern {
  readonly source: string;
  readonly segments: readonly Segment[];
  readonly hasRest: boolean;
  readonly parameters: readonly string[];
  /** Whether a literal changes when folded: only then must a lower-case path be compared folded as well. */
  readonly isFoldable: boolean;
}

const NO_PARAMETERS: PathParameters = Object.freeze({});
const PARAMETER_NAME = /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/;
const MALFORMED_ESCAPE = /%(?![0-9a-fA-F]{2})/;
// Printable ASCII that cannot stand in a path segment without another meaning, plus controls, space and DEL.
const FORBIDDEN_IN_PATTERN = /[\p{Cc} \\?#;"<>`{}|^]/u;
// What a literal may not hold once decoded: it would name a path that some origins split, cut or resolve.
const FORBIDDEN_WHEN_DECODED = /[\p{Cc}/\\;%?#]/u;
const ASCII_ONLY = /^\p{ASCII}*$/u;

/**
 * Folds case the way the most liberal origin would: both case mappings after compatibility normalisation, so that
 * `ſ`, `K` (Kelvin) and full-width letters meet their ASCII letter.
 */
export function foldCase(text: string): string {
  return ASCII_ONLY.test(text)
    ? text.toLowerCase()
    : text.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}

/** Splits a path that starts with `/`: `/a/b/` gives `a`, `b` and an empty segment. */
export function splitPath(path: string): string[] {
  return path.slice(1).split("/");
}

/** A literal meets a reading in any of its honest spellings: as written, as WHATWG URLs serialise it, and decoded. */
function literal(text: string): Segment {
  const decoded = decodePercent(text).normalize("NFC");
  const serialised = new URL(`http://pattern/${text.normalize("NFC")}`).pathname.slice(1);
  const spellings = [...new Set([text, serialised, decoded])];
  return { kind: "literal", spellings, folded: [...new Set(spellings.map(foldCase))] };
}

function literalProblem(text: string): string | null {
  const decoded = decodePercent(text);
  if (decoded === "." || decoded === "..") {
    return "must not hold dot segments";
  }
  if (text.includes("*")) {
    return "may hold * only as its whole last segment";
  }
  if (FORBIDDEN_WHEN_DECODED.test(decoded)) {
    return `must not hold an encoded separator, control character or percent sign, as in "${text}"`;
  }
  return /[.\s]$/.test(decoded)
    ? `must not hold a segment that ends in a dot or a space, as in "${text}"`
    : null;
}

/**
 * Compiles a path pattern: it starts with `/`; each segment is a literal, `:name` (one non-empty segment), or as the
 * last one `*` (zero or more segments: `/admin/*` also matches `/admin` and `/admin/`). A trailing slash counts.
 * Fails with a sentence's end that follows "path".
 */
export function compilePattern(source: string): Result<Pattern, string> {
  if (!source.startsWith("/")) {
    return fail("must start with /");
  }
  if (FORBIDDEN_IN_PATTERN.test(source) || MALFORMED_ESCAPE.test(source) || !source.isWellFormed()) {
    return fail(
      "holds a character that cannot stand in a path; write it percent-encoded, and leave out query and fragment",
    );
  }
  const texts = splitPath(source);
  const hasRest = texts.at(-1) === "*";
  const segments: Segment[] = [];
  const parameters: string[] = [];
  for (const [index, text] of (hasRest ? texts.slice(0, -1) : texts).entries()) {
    if (text.startsWith(":")) {
      const name = text.slice(1);
      if (!PARAMETER_NAME.test(name)) {
        return fail(
          `must name its parameter with a letter, then letters, digits and underscores, not "${text}"`,
        );
      }
      if (parameters.includes(name)) {
        return fail(`names the parameter :${name} twice`);
      }
      parameters.push(name);
      segments.push({ kind: "parameter", name });
      continue;
    }
    if (text === "" && index < texts.length - 1) {
      return fail("must not hold an empty segment (//)");
    }
    const problem = literalProblem(text);
    if (problem !== null) {
      return fail(problem);
    }
    segments.push(literal(text));
  }
  const isFoldable = segments.some(
    (segment) => segment.kind === "literal" && segment.spellings.some((text) => foldCase(text) !== text),
  );
  return ok({ source, segments, hasRest, parameters, isFoldable });
}

/**
 * Matches a reading's segments (from `splitPath`). `folded` holds the same segments after `foldCase` when the reading
 * is to be compared without regard to case, else null; parameters always come from the unfolded ones.
 * Gives the parameters, or null when the path is another one.
 */
export function matchPattern(
  pattern: Pattern,
  segments: readonly string[],
  folded: readonly string[] | null,
): PathParameters | null {
  const expected = pattern.segments;
  if (pattern.hasRest ? segments.length < expected.length : segments.length !== expected.length) {
    return null;
  }
  let parameters: Record<string, string> | null = null;
  for (let index = 0; index < expected.length; index += 1) {
    const want = expected[index];
    const text = segments[index];
    if (want === undefined || text === undefined) {
      return null;
    }
    if (want.kind === "literal") {
      const isSame =
        folded === null ? want.spellings.includes(text) : want.folded.includes(folded[index] ?? text);
      if (!isSame) {
        return null;
      }
    } else if (text === "") {
      return null;
    } else {
      parameters ??= {};
      parameters[want.name] = text;
    }
  }
  return parameters ?? NO_PARAMETERS;
}
