import * as z from "zod/mini";
import { PolicyDocument } from "./schema.ts";

/**
 * The JSON Schema of a policy as written (defaults may be left out), for editors. It says less than `parsePolicy`, which
 * also checks what refers to what. For scripts and tests; the gateway does not load it.
 */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(PolicyDocument, { io: "input", target: "draft-07" });
  return { ...schema, title: "Sallyport policy" };
}
