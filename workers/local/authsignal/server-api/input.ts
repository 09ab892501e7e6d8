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
  const text = await c.req.text();
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) {
    return { ok: false, refusal: invalidRequest(`The body is larger than ${MAX_BODY_BYTES} bytes.`) };
  }
  try {
    return check(schema, text === "" ? {} : JSON.parse(text));
  } catch {
    return { ok: false, refusal: invalidRequest("The body is not valid JSON.") };
  }
}

/** One sentence per problem, with the path of the field. */
export function reasons(error: z.ZodError): string {
  return error.issues
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`))
    .join("; ");
}
