import type * as z from "zod";
import type { Fields } from "./visit.ts";

/** The answer of a passkey or security key that a script put into a form. */
export function credentialField<T>(schema: z.ZodType<T>, fields: Fields): T | undefined {
  try {
    return schema.safeParse(JSON.parse(fields.get("credential") ?? "")).data;
  } catch {
    return undefined;
  }
}
