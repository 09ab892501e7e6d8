import { fail, ok } from "../http/result.ts";
import type { Result } from "../http/result.ts";
import { memberNames } from "./body.ts";
import type { FormField } from "./form.ts";
import { isJsonObject } from "./json.ts";
import { lookalikeOf } from "./lookalike.ts";

/** Finds one value, `undefined` when there is none, or says that origins may find different ones. */
export type Found<T> = Result<T | undefined, "ambiguous">;

const NOT_PRINTABLE_ASCII = /[^\x20-\x7e]/;

/** Finds the one field of this name. Repeated, undecodable, or beside a name that some framework folds onto it: refused. */
export function findField(fields: readonly FormField[], name: string): Found<string> {
  const isLookalike = lookalikeOf(name);
  let found: FormField | undefined;
  for (const field of fields) {
    if (field.name === name) {
      if (found !== undefined || field.isBehindSemicolon || field.value === null) {
        return fail("ambiguous");
      }
      found = field;
    } else if (isLookalike(field.name)) {
      return fail("ambiguous");
    }
  }
  return ok(found?.value ?? undefined);
}

/** Whether one of the names is, or looks like, `name`: frameworks that merge query and body would mix the two up. */
export function isNamedIn(names: Iterable<string>, name: string): boolean {
  const isLookalike = lookalikeOf(name);
  for (const other of names) {
    if (other === name || isLookalike(other)) {
      return true;
    }
  }
  return false;
}

/** The steps of a body attribute's name: a JSON Pointer's tokens (RFC 6901), or the one top-level name. */
export function pointerSteps(name: string): readonly string[] {
  return name.startsWith("/")
    ? name
        .slice(1)
        .split("/")
        .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"))
    : [name];
}

/** Finds a JSON value. On the way, a member that case-insensitive or lenient readers take for the wanted one is refused. */
export function findMember(document: unknown, steps: readonly string[]): Found<unknown> {
  let value = document;
  for (const step of steps) {
    if (Array.isArray(value)) {
      value = /^(?:0|[1-9][0-9]{0,5})$/.test(step) ? value[Number(step)] : undefined;
    } else if (isJsonObject(value)) {
      const names = memberNames(value);
      if (names === null || names.some(lookalikeOf(step))) {
        return fail("ambiguous");
      }
      value = value[step];
    } else {
      return ok(undefined);
    }
  }
  return ok(value ?? undefined);
}

function canonicalHeader(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "_");
}

/**
 * Finds the one value of a header. A comma is refused, since repeated headers arrive joined by one, and so is another
 * spelling of the name that CGI-like origins take for the same (`X_Amount` beside `X-Amount`).
 */
export function findHeader(headers: Headers, name: string): Found<string> {
  const canonical = canonicalHeader(name);
  for (const other of headers.keys()) {
    if (other !== name.toLowerCase() && canonicalHeader(other) === canonical) {
      return fail("ambiguous");
    }
  }
  const value = headers.get(name);
  if (value !== null && (value.includes(",") || NOT_PRINTABLE_ASCII.test(value))) {
    return fail("ambiguous");
  }
  return ok(value ?? undefined);
}
