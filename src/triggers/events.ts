import * as z from "zod/mini";

const texts = z.record(z.string(), z.string());
/** Cognito leaves members out, or sends null, where it has nothing to say. */
const absent = <Schema extends z.ZodMiniType>(schema: Schema) => z.optional(z.nullable(schema));

/** One step of a sign-in so far: what was asked, and whether it was answered. Only triggers and Cognito write it. */
const step = z.object({
  challengeName: z.string(),
  challengeResult: z.boolean(),
  challengeMetadata: absent(z.string()),
});
export type Step = z.infer<typeof step>;

/** What every trigger is told (cognito.md section 4). */
const common = {
  userName: z.string(),
  callerContext: z.object({ clientId: z.string() }),
};
/** `userNotFound` is there, true or false, only when the client prevents user existence errors. */
const custom = {
  userAttributes: absent(texts),
  clientMetadata: absent(texts),
  userNotFound: absent(z.boolean()),
};

export const defineEvent = z.object({
  ...common,
  triggerSource: z.literal("DefineAuthChallenge_Authentication"),
  request: z.object({ ...custom, session: absent(z.array(step)) }),
});
export type DefineEvent = z.infer<typeof defineEvent>;

export const createEvent = z.object({
  ...common,
  triggerSource: z.literal("CreateAuthChallenge_Authentication"),
  request: z.object({ ...custom, challengeName: z.string(), session: absent(z.array(step)) }),
});
export type CreateEvent = z.infer<typeof createEvent>;

export const verifyEvent = z.object({
  ...common,
  triggerSource: z.literal("VerifyAuthChallengeResponse_Authentication"),
  request: z.object({
    ...custom,
    privateChallengeParameters: absent(texts),
    challengeAnswer: absent(z.string()),
  }),
});
export type VerifyEvent = z.infer<typeof verifyEvent>;

export const preSignUpEvent = z.object({
  ...common,
  triggerSource: z.enum(["PreSignUp_SignUp", "PreSignUp_AdminCreateUser", "PreSignUp_ExternalProvider"]),
});
export type PreSignUpEvent = z.infer<typeof preSignUpEvent>;

export const postAuthenticationEvent = z.object({
  ...common,
  triggerSource: z.literal("PostAuthentication_Authentication"),
  request: z.object({ userAttributes: absent(texts), clientMetadata: absent(texts) }),
});
export type PostAuthenticationEvent = z.infer<typeof postAuthenticationEvent>;

/** Version 2; sources that this code does not know pass unchanged. */
export const preTokenGenerationEvent = z.object({
  ...common,
  triggerSource: z.string(),
  request: z.object({ userAttributes: absent(texts), clientMetadata: absent(texts) }),
});
export type PreTokenGenerationEvent = z.infer<typeof preTokenGenerationEvent>;
