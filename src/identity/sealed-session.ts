import * as z from "zod/mini";
import { onFirstUse } from "../http/first-use.ts";

const sessionSchema = onFirstUse(() =>
  z.object({
    sub: z.string(),
    sid: z.string(),
    at: z.number(),
    exp: z.number(),
    name: z.string(),
    email: z.optional(z.string()),
    groups: z.array(z.string()),
    claims: z.optional(z.record(z.string(), z.unknown())),
  }),
);

/** What a session cookie holds. */
export type SealedSession = z.infer<ReturnType<typeof sessionSchema>>;

/** Reads what was sealed; `undefined` when this version of the code would not have sealed it. */
export function readSealedSession(opened: unknown): SealedSession | undefined {
  return sessionSchema().safeParse(opened).data;
}
