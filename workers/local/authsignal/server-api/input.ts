import type { Context as HonoContext } from "hono";
import * as z from "zod";
import { MAX_BODY_BYTES, MAX_IDEMPOTENCY_KEY_CHARACTERS, MAX_USER_ID_CHARACTERS } from "../choices.ts";
import { invalidRequest } from "./errors.ts";

export type Input<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Response };

const NO_CONTROL_CHARACTERS = /^[^\p{Cc}]+$/u;

export const userIdSchema = z.string().max(MAX_USER_ID_CHARACTERS).regex(NO_CONTROL_CHARACTERS);
/** Documented for action codes (reference 1.4). */
export const actionCodeSchema = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
export const idempotencyKeySchema = z
  .string()
  .max(MAX_IDEMPOTENCY_KEY_CHARACTERS)
  .regex(NO_CONTROL_CHARACTERS);
export const phoneNumberSchema = z.e164();
export const customSchema = z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()]));

/** Checks a value against a schema; the refusal is 400 `invalid_request` with the reasons. */
export function check<T>(schema: z.ZodType<T>, value: unknown): Input<T> {
  const result = schema.safeParse(value);
  return result.success
    ? { ok: true, value: result.data }
    : { ok: false, refusal: invalidRequest(reasons(result.error)) };
}

/** Reads and checks a JSON body. An empty body counts as `{}`. */
export async function checkBody<T>(c: HonoContext, schema: z.ZodType<T>): Promise<Input<T>> {
  const text = await bodyText(c.req.raw.body);
  if (text === undefined) {
    return { ok: false, refusal: invalidRequest(`The body is larger than ${MAX_BODY_BYTES} bytes.`) };
  }
  let body: unknown;
  try {
    body = text === "" ? {} : JSON.parse(text);
  } catch {
    return { ok: false, refusal: invalidRequest("The body is not valid JSON.") };
  }
  return check(schema, c.get(IGNORE_UNKNOWN_FIELDS) === true ? withoutUnknown(schema, body) : body);
}

/** Set on a request whose unknown fields are to be overlooked (a choice; the default refuses them). */
export const IGNORE_UNKNOWN_FIELDS = "ignoreUnknownFields";

function withoutUnknown(schema: z.ZodType, body: unknown): unknown {
  const issues = schema.safeParse(body).error?.issues ?? [];
  const unknown = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" && issue.path.length === 0 ? issue.keys : [],
  );
  return unknown.length === 0 || typeof body !== "object" || body === null
    ? body
    : Object.fromEntries(Object.entries(body).filter(([name]) => !unknown.includes(name)));
}

/** The text of a body, or nothing when it is longer than any that is taken. */
async function bodyText(body: ReadableStream<Uint8Array> | null): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) {
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** One sentence per problem, with the path of the field. */
export function reasons(error: z.ZodError): string {
  return error.issues
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`))
    .join("; ");
}
