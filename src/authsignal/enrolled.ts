import * as z from "zod/mini";
import { isAuthenticatorId, type Enrolled } from "../ledger/authenticator-list.ts";

/** Far more than a person has; Authsignal's answer is not paged (authsignal.md 2.4). */
const MAX_AUTHENTICATORS = 200;

const enrolledSchema = z
  .array(
    z.object({
      userId: z.optional(z.string()),
      userAuthenticatorId: z.string().check(z.refine(isAuthenticatorId)),
      verificationMethod: z.string().check(z.regex(/^[A-Z][A-Z0-9_]{0,63}$/)),
      createdAt: z.iso.datetime({ offset: true }),
    }),
  )
  .check(z.maxLength(MAX_AUTHENTICATORS));

/** Reads the list of a user's authenticators; `undefined` when any of it is not as documented, or is somebody else's. */
export function readEnrolled(answer: unknown, userId: string): readonly Enrolled[] | undefined {
  const parsed = enrolledSchema.safeParse(answer);
  if (!parsed.success || parsed.data.some((one) => one.userId !== undefined && one.userId !== userId)) {
    return undefined;
  }
  return parsed.data.map((one) => ({
    id: one.userAuthenticatorId,
    method: one.verificationMethod,
    createdAtMs: Date.parse(one.createdAt),
  }));
}
