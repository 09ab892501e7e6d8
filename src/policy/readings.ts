import { fail, ok } from "../http/result.ts";
import type { Result } from "../http/result.ts";
import { decodePercent } from "./percent.ts";

/** Why a path cannot be judged: more readings than are worth telling apart, or one that holds a NUL. */
export type ReadingProblem = "too_many_readings" | "null_byte";

/** More than any honest path needs (most need one, an escaped one two or four). */
export const MAX_READINGS = 64;

/** Bounds the work for one path, whatever its length. */
export const MAX_READING_CHARACTERS_IN_TOTAL = 262_144;

/** How often origins are known to decode: a front server once, the app once more. */
const MAX_DECODINGS = 2;

// Segments without escapes, parameters, empty segments, or a dot at their end: nothing below would change such a path.
const PLAIN_PATH = /^(?:\/\.?[\w~!$&'()*+,=:@|-]+(?:\.[\w~!$&'()*+,=:@|-]+)*)+$/;
/** ASCII in two, three or four bytes of UTF-8. */
const OVERLONG = /%c[01]%[89ab][0-9a-f]|%e0%8[01]%[89ab][0-9a-f]|%f0%80%8[01]%[89ab][0-9a-f]/gi;
/** A name of one dot, or two, with a format; the blanks between would be taken off the rest, too. */
const ONE_DOT_LEFT = /\/\.(?:[\s\p{Cc}]|%20)*\.[^/]+$/u;
const TWO_DOTS_LEFT = /\/\.\.(?:[\s\p{Cc}]|%20)*\.[^/]*$/u;
const NON_ASCII = /\P{ASCII}/u;

/** What one kind of origin does to a path. Each gives the same string back when it has nothing to do. */
type Interpretation = (path: string) => string;

function backslashesAsSlashes(path: string): string {
  return path.includes("\\") ? path.replaceAll("\\", "/") : path;
}

/** `/a;x=1/b` is `/a/b` to servlet containers. */
function withoutParameters(path: string): string {
  return path.includes(";") ? path.replace(/;[^/]*/g, "") : path;
}

/** An origin that decodes before it looks for query and fragment ends the path at an escaped `?` or `#`. */
function withoutEscapedQuery(path: string): string {
  const end = path.search(/[?#]/);
  return end > 0 ? path.slice(0, end) : path;
}

/** Some filters cut the whole path, not its segment, at the first `;`. */
function withoutAllAfterParameter(path: string): string {
  const end = path.indexOf(";");
  return end > 0 ? path.slice(0, end) : path;
}

/** `new URL(target, base)` takes `//x/transfer` for the path `/transfer` of the host `x`. */
function withoutAuthority(path: string): string {
  return path.startsWith("//") ? path.replace(/^\/+[^/]*/, "") || "/" : path;
}

/** WHATWG URL parsers drop tabs and line ends wherever they stand. */
function withoutTabsAndLineEnds(path: string): string {
  return path.replace(/[\t\n\r]+/g, "");
}

/** IIS and old ASP decode `%u002f`, which no standard knows. */
function withoutUnicodeEscapes(path: string): string {
  return path.replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Decoders that do not check take `%c0%af` for the `/` that is written too long (RFC 3629 section 10). */
function withoutOverlongForms(path: string): string {
  return path.replace(OVERLONG, (escapes) => {
    const bytes = escapes
      .slice(1)
      .split("%")
      .map((hex) => Number.parseInt(hex, 16));
    return String.fromCharCode(bytes.reduce((code, byte) => (code << 6) | (byte & 0x3f), 0) & 0x7f);
  });
}

function withMergedSlashes(path: string): string {
  return path.includes("//") ? path.replace(/\/{2,}/g, "/") : path;
}

/** RFC 3986 section 5.2.4, on a path that starts with `/`. */
function withDotSegmentsResolved(path: string): string {
  if (!path.includes("/.")) {
    return path;
  }
  const segments = path.split("/");
  const kept: string[] = [];
  for (const [index, segment] of segments.entries()) {
    if (segment !== "." && segment !== "..") {
      kept.push(segment);
      continue;
    }
    if (segment === ".." && kept.length > 1) {
      kept.pop();
    }
    if (index === segments.length - 1) {
      kept.push("");
    }
  }
  return kept.length === 1 ? "/" : kept.join("/");
}

/** Where a segment ends for file systems and frameworks that ignore trailing dots, white space and controls. */
function trimmedLength(segment: string): number {
  let end = segment.length;
  while (end > 0) {
    const last = segment.charAt(end - 1);
    if (last === "." || last <= " " || last.trim() === "") {
      end -= 1;
    } else if (segment.endsWith("%20", end)) {
      end -= 3;
    } else {
      break;
    }
  }
  return end;
}

function trimSegment(segment: string): string {
  const end = trimmedLength(segment);
  if (end === segment.length) {
    return segment;
  }
  // `.. ` loses its space and is still a step up, not an empty name.
  const rest = end === 0 ? segment.replaceAll("%20", "").replace(/[^.]/g, "") : "";
  return rest === "." || rest === ".." ? rest : segment.slice(0, end);
}

function withTrimmedSegments(path: string): string {
  return path.split("/").map(trimSegment).join("/");
}

/** A format taken off a name that begins with two dots can leave `.` of it, and then a step nowhere. */
function endingInDot(path: string): string {
  return path.replace(ONE_DOT_LEFT, "/.");
}

/** And with three dots `..`, a step up. */
function endingInTwoDots(path: string): string {
  return path.replace(TWO_DOTS_LEFT, "/..");
}

function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path.endsWith("/", end)) {
    end -= 1;
  }
  return end === path.length ? path : path.slice(0, end);
}

function compatibilityNormalised(path: string): string {
  return NON_ASCII.test(path) ? path.normalize("NFKC") : path;
}

function composed(path: string): string {
  return NON_ASCII.test(path) ? path.normalize("NFC") : path;
}

const INTERPRETATIONS: readonly Interpretation[] = [
  backslashesAsSlashes,
  withoutParameters,
  withoutAllAfterParameter,
  withoutEscapedQuery,
  withoutAuthority,
  withoutTabsAndLineEnds,
  withoutUnicodeEscapes,
  withoutOverlongForms,
  withMergedSlashes,
  withDotSegmentsResolved,
  withTrimmedSegments,
  endingInDot,
  endingInTwoDots,
  withoutTrailingSlashes,
  composed,
  compatibilityNormalised,
];

/** Adds a path's further readings that need no more decoding; false when there are too many. */
function addInterpretations(from: readonly string[], found: Set<string>): boolean {
  const queue = [...from];
  let characters = 0;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const interpret of INTERPRETATIONS) {
      const reading = interpret(next);
      if (reading === next || found.has(reading)) {
        continue;
      }
      found.add(reading);
      queue.push(reading);
    }
    characters += next.length;
    if (found.size > MAX_READINGS || characters > MAX_READING_CHARACTERS_IN_TOTAL) {
      return false;
    }
  }
  return true;
}

/**
 * Every plausible way an origin could read the path of a `Target`, the path itself first: the closure over decoding
 * (at most twice) and each interpretation above, in any order, so that it does not matter which layer of an origin
 * does what first. Case is not folded here but when patterns are matched (judge-reading.ts), which keeps parameters intact.
 * An ordinary path has one reading and costs one regular expression. Work is bounded; what needs more is refused.
 */
export function readings(pathname: string): Result<readonly string[], ReadingProblem> {
  if (PLAIN_PATH.test(pathname) || pathname === "/") {
    return ok([pathname]);
  }
  return readingsOfAll([pathname]);
}

/** The readings of several paths together, within the bounds of one. */
export function readingsOfAll(paths: readonly string[]): Result<readonly string[], ReadingProblem> {
  const found = new Set(paths);
  let level = paths;
  for (let decodings = 0; ; decodings += 1) {
    if (!addInterpretations(level, found)) {
      return fail("too_many_readings");
    }
    if ([...found].some((reading) => reading.includes("\0"))) {
      return fail("null_byte");
    }
    if (decodings === MAX_DECODINGS) {
      break;
    }
    const decoded = [...found].map(decodePercent).filter((reading) => !found.has(reading));
    if (decoded.length === 0) {
      break;
    }
    level = [...new Set(decoded)];
    for (const reading of level) {
      found.add(reading);
    }
  }
  return ok([...found]);
}
