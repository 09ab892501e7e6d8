import * as z from "zod";
import {
  DEFAULT_USER_QUERY_LIMIT,
  MAX_USER_QUERY_LIMIT,
  OTP_DIGITS,
  VALID_STATES,
  WEBHOOK_TIMEOUT_MS,
} from "./choices.ts";
import { USER_ACTION_STATES } from "./model.ts";

const MAX_TIMEOUT_MS = 60_000;
const MAX_REQUESTS_PER_SECOND = 100_000;

/**
 * The choices of `choices.ts` that can be made otherwise, each with the answer taken when nobody says anything.
 * Set by the option `switches`, or while it runs by `PATCH /control/switches`.
 */
export const switchesSchema = z.strictObject({
  /** 1. A second `track` of one triple. */
  repeatTrack: z.enum(["same", "reevaluate", "conflict"]).default("same"),
  /** 2. Whether a token validates once or until it expires. */
  validationToken: z.enum(["repeatable", "single-use"]).default("repeatable"),
  /** 2. Whether the answer to an expired token says so. */
  expiredToken: z.enum(["named", "bare"]).default("named"),
  /** 3. The states for which `isValid` is true. */
  validStates: z.array(z.enum(USER_ACTION_STATES)).default([...VALID_STATES]),
  /** 4. Whether too many wrong codes end the action as CHALLENGE_FAILED (server-driven challenges). */
  failAfterTooManyChecks: z.boolean().default(false),
  /** 6. What `redirectUrl` must begin with; none: any http or https URL. */
  redirectUrlPrefixes: z.array(z.string().min(1)).default([]),
  /** 7. Requests to the server API per second before 429; 0: no limit. */
  requestsPerSecond: z.int().min(0).max(MAX_REQUESTS_PER_SECOND).default(0),
  /** 7. Users per page when the caller names no limit. */
  userQueryLimit: z.int().min(1).max(MAX_USER_QUERY_LIMIT).default(DEFAULT_USER_QUERY_LIMIT),
  /** 8. How long one try of a webhook may take. */
  webhookTimeoutMs: z.int().min(1).max(MAX_TIMEOUT_MS).default(WEBHOOK_TIMEOUT_MS),
  /** 8. Whether a retry is signed anew, or carries the signature of the first try. */
  webhookRetrySignature: z.enum(["fresh", "first"]).default("fresh"),
  /** 9. From which states `updateAction` may move: all, or only those that wait for something. */
  updateActionFrom: z.enum(["any", "required"]).default("any"),
  /** 10. A comparison with something absent: never true, or as JsonLogic has it (null counts as zero). */
  missingVariable: z.enum(["no-match", "json-logic"]).default("no-match"),
  /** 10. The last authentication of a user who never did: long ago, or absent. */
  neverAuthenticated: z.enum(["long-ago", "absent"]).default("long-ago"),
  /** 11. A code that is sent every time instead of a random one; empty: random. */
  fixedCode: z
    .string()
    .regex(new RegExp(`^(?:\\d{${OTP_DIGITS}})?$`))
    .default(""),
  /** Fields that the documentation does not know. */
  unknownFields: z.enum(["refuse", "ignore"]).default("refuse"),
  /** Whether an address given to `track` replaces the one the user has. */
  trackedAddress: z.enum(["fill", "overwrite"]).default("fill"),
  /** A CHALLENGE for someone whose authenticators are all of methods that do not count. */
  withoutAllowedMethod: z.enum(["challenge", "allow", "block"]).default("challenge"),
  /** Whether enrolling an address over the client API sends the first code or link, or `challenge` must. */
  enrolmentSends: z.boolean().default(true),
  /** A code checked after too many, over the client API: not verified with a reason, or 429. */
  tooManyChecks: z.enum(["reason", "429"]).default("reason"),
  /** What a refresh revokes: the session that is refreshed, or every session of its user. */
  refreshRevokes: z.enum(["session", "user"]).default("session"),
});
export type Switches = z.infer<typeof switchesSchema>;

/** All switches, with the defaults where nothing is given. Throws a ZodError on an unknown name or value. */
export function createSwitches(given: Partial<Switches> = {}): Switches {
  return switchesSchema.parse(given);
}
