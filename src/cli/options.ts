import { parseArgs } from "node:util";
import { UsageProblem } from "./command.ts";

/** Options of a command: whether each takes a text, several, or nothing. */
type Kinds = Readonly<Record<string, "text" | "texts" | "flag">>;
type Values<K extends Kinds> = {
  readonly [Name in keyof K]: K[Name] extends "texts"
    ? readonly string[]
    : K[Name] extends "flag"
      ? boolean
      : string | undefined;
};

/**
 * Reads a command's arguments.
 *
 * @throws UsageProblem for an unknown option, or when the number of other arguments is not one of `counts`.
 */
export function readOptions<const K extends Kinds>(
  args: readonly string[],
  kinds: K,
  names: readonly string[],
  required = names.length,
): { readonly options: Values<K>; readonly positionals: readonly string[] } {
  const options = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      name,
      kind === "flag"
        ? { type: "boolean" as const }
        : { type: "string" as const, multiple: kind === "texts" },
    ]),
  );
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageProblem(error instanceof Error ? (error.message.split(". ")[0] ?? "") : "");
  }
  const { positionals, values } = parsed;
  if (positionals.length < required) {
    throw new UsageProblem(`${names[positionals.length] ?? "An argument"} is missing`);
  }
  const extra = positionals[names.length];
  if (extra !== undefined) {
    throw new UsageProblem(`"${extra}" is one argument too many`);
  }
  const complete = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      name,
      values[name] ?? (kind === "flag" ? false : kind === "texts" ? [] : undefined),
    ]),
  );
  // `complete` has one value of the right kind for each name of `kinds`, which Object.fromEntries does not say.
  return { options: complete as Values<K>, positionals };
}
