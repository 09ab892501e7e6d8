import * as z from "zod/mini";
import { onFirstUse } from "../http/first-use.ts";

/** Since when the authenticator exists that was used for an action, as far as Authsignal's two lists tell. */
export interface Factor {
  /** `undefined` when nothing is known of it: then it is new. */
  readonly sinceMs: number | undefined;
}

const authenticatorsSchema = onFirstUse(() =>
  z.array(
    z.object({
      userAuthenticatorId: z.string(),
      verificationMethod: z.string(),
      createdAt: z.string(),
      verifiedAt: z.optional(z.string()),
    }),
  ),
);
const actionsSchema = onFirstUse(() =>
  z.array(z.object({ idempotencyKey: z.string(), verifiedByAuthenticatorId: z.optional(z.string()) })),
);

/**
 * Finds the authenticator that was used (authsignal.md 2.4, 2.7). The list of actions may name it; where it does not,
 * the youngest of the used method stands for it, and else the youngest of all: an attacker's own is the youngest.
 * An authenticator is as old as the later of its creation and its first verification. Times are ISO 8601.
 *
 * @returns `undefined` when an answer is not what it is documented to be.
 */
export function readFactor(
  authenticators: unknown,
  actions: unknown,
  used: { readonly idempotencyKey: string; readonly method: string | undefined },
): Factor | undefined {
  const enrolled = authenticatorsSchema().safeParse(authenticators);
  const tracked = actionsSchema().safeParse(actions);
  if (!enrolled.success || !tracked.success) {
    return undefined;
  }
  const usedId = tracked.data.find(
    ({ idempotencyKey }) => idempotencyKey === used.idempotencyKey,
  )?.verifiedByAuthenticatorId;
  if (usedId !== undefined) {
    // One that was named and is gone meanwhile has no age: it was somebody's for a moment.
    const exact = enrolled.data.filter((one) => one.userAuthenticatorId === usedId);
    return { sinceMs: youngest(exact) };
  }
  const ofMethod = enrolled.data.filter((one) => one.verificationMethod === used.method);
  return { sinceMs: youngest(ofMethod.length > 0 ? ofMethod : enrolled.data) };
}

function youngest(authenticators: z.infer<ReturnType<typeof authenticatorsSchema>>): number | undefined {
  const times = authenticators.map((one) =>
    Math.max(Date.parse(one.createdAt), one.verifiedAt === undefined ? 0 : Date.parse(one.verifiedAt)),
  );
  return times.length === 0 || times.some(Number.isNaN) ? undefined : Math.max(...times);
}
