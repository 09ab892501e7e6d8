import * as z from "zod";

const targetSchema = z.strictObject({
  /** Where a Lambda runtime interface listens, such as `http://127.0.0.1:9001`. */
  url: z.url({ protocol: /^https?$/ }),
  functionName: z.string().regex(/^[\w:.$-]{1,170}$/),
});

/** Which Lambda function each step of the pool calls; a step without one goes on by itself. */
export const triggerTargetsSchema = z.strictObject({
  preSignUp: targetSchema.optional(),
  postConfirmation: targetSchema.optional(),
  preAuthentication: targetSchema.optional(),
  postAuthentication: targetSchema.optional(),
  defineAuthChallenge: targetSchema.optional(),
  createAuthChallenge: targetSchema.optional(),
  verifyAuthChallengeResponse: targetSchema.optional(),
  /** The version decides the shape of event and answer; V3_0 is called for machines too. */
  preTokenGeneration: targetSchema
    .extend({ version: z.enum(["V1_0", "V2_0", "V3_0"]).default("V2_0") })
    .optional(),
});

/** Targets as they are handed in. */
export type TriggerOptions = z.input<typeof triggerTargetsSchema>;

/** Mutable, so that the control API can change them while the pool runs. */
export type TriggerTargets = z.output<typeof triggerTargetsSchema> & {
  /** How long one try may take. */
  timeoutMs: number;
};

/** The name of a step. */
export type TriggerName = keyof z.output<typeof triggerTargetsSchema>;

/** The fixed time a function has to answer (reference 4). */
export const TRIGGER_TIMEOUT_MS = 5_000;
