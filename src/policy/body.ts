import { fail, ok } from "../http/result.ts";
import type { Result } from "../http/result.ts";
import { MAX_FIELDS, readForm } from "./form.ts";
import type { FormField } from "./form.ts";
import { isJsonObject, readJson } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { boundaryOf, readMultipart } from "./multipart.ts";
import type { Multipart } from "./multipart.ts";
import { NumberLiteral } from "./scalar.ts";

/** A request body as far as attributes can be read from it. */
export type Body =
  | { readonly kind: "none" }
  | { readonly kind: "form"; readonly fields: readonly FormField[] }
  | ({ readonly kind: "multipart" } & Multipart)
  | { readonly kind: "json"; readonly value: unknown }
  /** There is one, in a format that is not read. */
  | { readonly kind: "opaque" };

// No other parameter is taken, nor another charset: the origin would decode other text than is judged.
const FORM_TYPE = /^application\/x-www-form-urlencoded(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?[ \t]*$/i;
const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?[ \t]*$/i;

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The names that stand directly in an object, when there are few enough to compare one by one. */
export function memberNames(object: JsonObject): readonly string[] | null {
  const names = Object.keys(object);
  return names.length > MAX_FIELDS ? null : names;
}

/** The names that stand directly in a body, files included. */
export function topLevelNames(body: Body): readonly string[] {
  switch (body.kind) {
    case "form":
      return body.fields.map((field) => field.name);
    case "multipart":
      return [...body.fields.map((field) => field.name), ...body.fileNames];
    case "json":
      return isJsonObject(body.value) ? Object.keys(body.value) : [];
    case "none":
    case "opaque":
      return [];
  }
}

/** Few enough names to compare, and none that code which merges objects would take for their prototype. */
function isPlain(object: JsonObject): boolean {
  const names = memberNames(object);
  return names !== null && !names.includes("__proto__");
}

/**
 * Reads a complete body by its content type. A body under `Content-Encoding` is opaque: the origin sees what it unpacks.
 * Fails when the text is not what its content type says, or is what parsers are known to disagree on.
 */
export function readBody(
  bytes: Uint8Array | null,
  contentType: string | null,
  contentEncoding: string | null,
): Result<Body, "malformed_body"> {
  if (bytes === null || bytes.byteLength === 0) {
    return ok({ kind: "none" });
  }
  const boundary = boundaryOf(contentType);
  if (boundary !== null && contentEncoding === null) {
    const multipart = readMultipart(bytes, boundary);
    return multipart === null ? fail("malformed_body") : ok({ kind: "multipart", ...multipart });
  }
  const isForm = FORM_TYPE.test(contentType ?? "");
  if (contentEncoding !== null || (!isForm && !JSON_TYPE.test(contentType ?? ""))) {
    return ok({ kind: "opaque" });
  }
  const text = decodeUtf8(bytes);
  if (text === null) {
    return fail("malformed_body");
  }
  if (isForm) {
    const fields = readForm(text);
    return fields === null ? fail("malformed_body") : ok({ kind: "form", fields });
  }
  const json = readJson(text, (literal) => new NumberLiteral(literal));
  if (!json.ok || (isJsonObject(json.value) && !isPlain(json.value))) {
    return fail("malformed_body");
  }
  return ok({ kind: "json", value: json.value });
}
