import { placeOf, readCommentedJson } from "./json.ts";
import { formatPath } from "./problem.ts";

/** A place in a text, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Finds where the value of a path (`routes[2].match.path`) stands in a policy's text; for one that is missing, where
 * that stands which lacks it. For a text that is not JSON every path is at its beginning.
 */
export function locator(text: string): (path: string) => Place {
  const places = new Map<string, number>();
  readCommentedJson(text, (path, at) => places.set(formatPath(path), at));
  return (path) => {
    for (let known = path; known !== ""; known = known.replace(/(?:\.[^.[]*|\[\d+\]|^[^.[]*)$/, "")) {
      const at = places.get(known);
      if (at !== undefined) {
        return placeOf(text, at);
      }
    }
    return { line: 1, column: 1 };
  };
}
