import { readBody, topLevelNames } from "./body.ts";
import { isNamedIn } from "./lookup.ts";

/** Content types that some framework merges with the query; without one, some guess. */
const MERGED_TYPE = /form|json/i;

/** Whether some framework merges the fields of a body of this content type with those of the query. */
export function isMergedWithQuery(contentType: string | null): boolean {
  return contentType === null || MERGED_TYPE.test(contentType);
}

/**
 * Whether a body, read whole, names a field of the query on which a judgement rests (`Judgement.bodyMustNotName`), or
 * cannot be read well enough to say that it does not. Servlet containers, PHP and Rails merge the two, and each its
 * own way.
 */
export function namesAgain(names: readonly string[], body: Uint8Array, headers: Headers): boolean {
  const contentType = headers.get("content-type");
  if (names.length === 0 || !isMergedWithQuery(contentType)) {
    return false;
  }
  const read = readBody(body, contentType, headers.get("content-encoding"));
  if (!read.ok || read.value.kind === "opaque") {
    return true;
  }
  const inBody = topLevelNames(read.value);
  return names.some((name) => isNamedIn(inBody, name));
}
