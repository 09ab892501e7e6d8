import * as z from "zod";

const base64urlSchema = z.string().regex(/^[A-Za-z0-9_-]+$/);
const clientDataSchema = z.object({ challenge: z.string(), topOrigin: z.string().optional() });

/** What a browser answers to `navigator.credentials.create()`, as JSON. */
export const registrationSchema = z.looseObject({
  id: base64urlSchema,
  rawId: base64urlSchema,
  type: z.literal("public-key"),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
  authenticatorAttachment: z.string().nullish(),
  response: z.looseObject({
    clientDataJSON: base64urlSchema,
    attestationObject: base64urlSchema,
    transports: z.array(z.string()).optional(),
  }),
});
export type Registration = z.infer<typeof registrationSchema>;

/** What a browser answers to `navigator.credentials.get()`, as JSON. */
export const assertionSchema = z.looseObject({
  id: base64urlSchema,
  rawId: base64urlSchema,
  type: z.literal("public-key"),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
  authenticatorAttachment: z.string().nullish(),
  response: z.looseObject({
    clientDataJSON: base64urlSchema,
    authenticatorData: base64urlSchema,
    signature: base64urlSchema,
    userHandle: z.string().nullish(),
  }),
});
export type Assertion = z.infer<typeof assertionSchema>;

/** The challenge that an answer says it is for; empty when it says none. */
export function challengeOf(response: Registration | Assertion): string {
  return clientDataOf(response)?.challenge ?? "";
}

/** What the browser wrote down about the ceremony; undefined when it cannot be read. */
export function clientDataOf({
  response,
}: Registration | Assertion): z.infer<typeof clientDataSchema> | undefined {
  try {
    const text = Buffer.from(response.clientDataJSON, "base64url").toString("utf8");
    return clientDataSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
