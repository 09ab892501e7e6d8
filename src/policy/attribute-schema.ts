import * as z from "zod/mini";
import { shortText } from "./vocabulary.ts";

/** The longest text an attribute may hold when its rule names no `maxLength`. */
const DEFAULT_MAX_LENGTH_CHARACTERS = 256;

/** The longest `maxLength` a rule may ask for: what goes to Authsignal stays small. */
const MAX_LENGTH_LIMIT_CHARACTERS = 4096;

/** The name of an attribute, as rules and summaries use it. */
export const AttributeName = z
  .string()
  .check(
    z.regex(
      /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/,
      "must be a letter, then at most 63 letters, digits and underscores",
    ),
  );

const attributeSource = {
  from: z
    .enum(["body", "form", "multipart", "query", "header", "claim", "path"])
    .check(
      z.describe(
        "Where it is read: body (form field or JSON, by the content type), form (urlencoded only), multipart (a field of multipart/form-data), query, header, token claim, or path.",
      ),
    ),
  name: shortText(256).check(
    z.describe("Its name there. In a JSON body, a name that starts with / is a JSON Pointer."),
  ),
  required: z._default(
    z.boolean().check(z.describe("Whether a request without it is refused with 400.")),
    false,
  ),
};

const StringRule = z.strictObject({
  ...attributeSource,
  type: z.literal("string"),
  maxLength: z._default(
    z
      .int()
      .check(
        z.minimum(1, "must be at least 1"),
        z.maximum(MAX_LENGTH_LIMIT_CHARACTERS, `must be at most ${MAX_LENGTH_LIMIT_CHARACTERS}`),
        z.describe("A longer text is refused."),
      ),
    DEFAULT_MAX_LENGTH_CHARACTERS,
  ),
});
const NumberRule = z.strictObject({
  ...attributeSource,
  type: z.literal("number"),
  min: z.exactOptional(z.number().check(z.describe("A smaller number is refused."))),
  max: z.exactOptional(z.number().check(z.describe("A greater number is refused."))),
});
const BooleanRule = z.strictObject({ ...attributeSource, type: z.literal("boolean") });

/** How one value of the request is read for Authsignal's rules. */
export const AttributeRule = z.discriminatedUnion("type", [StringRule, NumberRule, BooleanRule]);
export type AttributeRule = z.infer<typeof AttributeRule>;
