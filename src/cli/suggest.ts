import { policyJsonSchema } from "../policy/json-schema.ts";

/** Fields that a policy's author may have meant by a name nobody knows, from the schema itself. */
let vocabulary: readonly string[] | undefined;

function namesOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) {
    return [];
  }
  const own =
    "properties" in schema && typeof schema.properties === "object"
      ? Object.keys(schema.properties ?? {})
      : [];
  return [...own, ...Object.values(schema).flatMap(namesOf)];
}

/** How many single letters must change to make one word of the other (Levenshtein), in one row. */
function distance(first: string, second: string): number {
  let row = Array.from({ length: second.length + 1 }, (_, index) => index);
  for (const [at, letter] of first.split("").entries()) {
    const next = [at + 1];
    for (const [other, char] of second.split("").entries()) {
      const changed = (row[other] ?? 0) + (letter === char ? 0 : 1);
      next.push(Math.min(changed, (row[other + 1] ?? 0) + 1, (next[other] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** What would mend a problem that its own words do not say; null when they do. */
export function suggestionFor(path: string, message: string): string | null {
  if (message.endsWith("is missing.")) {
    return "Add it.";
  }
  if (!message.endsWith("is not a known key here.")) {
    return null;
  }
  const key = path.split(".").at(-1) ?? path;
  vocabulary ??= [...new Set(namesOf(policyJsonSchema()))];
  const [nearest] = vocabulary.toSorted(
    (a, b) => distance(key.toLowerCase(), a.toLowerCase()) - distance(key.toLowerCase(), b.toLowerCase()),
  );
  return nearest !== undefined && nearest !== key && distance(key.toLowerCase(), nearest.toLowerCase()) <= 3
    ? `Did you mean ${nearest}?`
    : "Take it out, or see docs/policy.md for where it belongs.";
}
