import * as z from "zod/mini";
import { problemWithCondition } from "./event-condition.ts";
import { atLeastOne, Duration, Id, shortText } from "./vocabulary.ts";

const MAX_THRESHOLD = 1000;

/** What a reaction can do. The first five are the ledger's own and happen at receipt; the others follow by the queue. */
export const REACTION_EFFECTS = [
  "revoke-session",
  "revoke-user",
  "revoke-others",
  "end-grants",
  "require-step-up",
  "sign-out-cognito",
  "disable-user",
  "revoke-authsignal-sessions",
  "alert",
  "record",
] as const;
export type ReactionEffect = (typeof REACTION_EFFECTS)[number];

/** A JsonLogic condition over an event; what it may hold is checked here, so that no event ever finds out. */
const Where = z.pipe(
  z.record(z.string(), z.unknown()).check(z.describe("JsonLogic over the event; left out: always.")),
  z.transform((condition, context) => {
    const problem = problemWithCondition(condition);
    if (problem === undefined) {
      return condition;
    }
    context.issues.push({ code: "custom", message: problem, input: undefined });
    return z.NEVER;
  }),
);

const Threshold = z
  .strictObject({
    count: z
      .int()
      .check(
        z.minimum(2, "must be at least 2"),
        z.maximum(MAX_THRESHOLD, `must be at most ${MAX_THRESHOLD}`),
      ),
    within: Duration,
  })
  .check(z.describe("Nothing happens before so many such events of one user within so long."));

/** What the policy does with a verified Authsignal event. */
export const Reaction = z.strictObject({
  id: Id,
  on: z
    .array(shortText(128))
    .check(atLeastOne("event type"), z.describe("Authsignal event types, such as authenticator.deleted.")),
  where: z.exactOptional(Where),
  threshold: z.exactOptional(Threshold),
  do: z.array(z.enum(REACTION_EFFECTS)).check(atLeastOne("effect")),
});
export type Reaction = z.infer<typeof Reaction>;
