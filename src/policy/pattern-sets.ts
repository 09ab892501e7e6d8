import type { Pattern } from "./pattern.ts";

type Segment = Pattern["segments"][number];

function takesAll(wide: Segment, narrow: Segment): boolean {
  if (wide.kind === "parameter") {
    return narrow.kind === "parameter" || !narrow.spellings.includes("");
  }
  return narrow.kind === "literal" && narrow.spellings.some((text) => wide.spellings.includes(text));
}

function meet(first: Segment, second: Segment): boolean {
  return takesAll(first, second) || takesAll(second, first);
}

/** Whether every path that `narrow` matches is one that `wide` matches. */
export function within(narrow: Pattern, wide: Pattern): boolean {
  const [few, many] = [wide.segments, narrow.segments];
  const hasLength = wide.hasRest ? many.length >= few.length : !narrow.hasRest && many.length === few.length;
  return (
    hasLength &&
    few.every((segment, index) => {
      const other = many[index];
      return other !== undefined && takesAll(segment, other);
    })
  );
}

/** Whether some path is matched by both. */
export function intersect(first: Pattern, second: Pattern): boolean {
  const [short, long] = first.segments.length <= second.segments.length ? [first, second] : [second, first];
  const hasLength = short.segments.length === long.segments.length || short.hasRest;
  return (
    hasLength &&
    short.segments.every((segment, index) => {
      const other = long.segments[index];
      return other !== undefined && meet(segment, other);
    })
  );
}

/** A path that a pattern matches: its literals, `1` for a parameter, and `x` for the rest. */
export function samplePath({ segments, hasRest }: Pattern): string {
  const texts = segments.map((segment) =>
    segment.kind === "parameter" ? "1" : (segment.spellings[1] ?? segment.spellings[0] ?? ""),
  );
  return `/${[...texts, ...(hasRest ? ["x"] : [])].join("/")}`;
}

/** The same path in capitals. */
export function inCapitals(path: string): string {
  return path.replace(/%[0-9a-f]{2}|[a-z]/gi, (part) => (part.startsWith("%") ? part : part.toUpperCase()));
}
