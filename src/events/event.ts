import * as z from "zod/mini";
import { ShortText, Word } from "../authsignal/words.ts";
import { parseSub, type Sub } from "../identity/principal.ts";
import { ActionCode } from "../policy/schema.ts";

/** An event's id: a UUID at Authsignal; what it may be here is wide enough for that and for our own. */
export const EventId = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/));
/** A type, such as `authenticator.deleted`; types to come are accepted. */
export const EventType = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/));
export const TenantId = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/));
/** Authsignal's `userId`, which is the user's `sub` (design decision 5). */
export const UserId = z.custom<Sub>((value) => parseSub(value) !== undefined);

const about = { id: EventId, tenantId: TenantId, atMs: z.int() };
const action = { sub: UserId, action: ActionCode, idempotencyKey: z.optional(ShortText) };

/**
 * A verified event as it travels through the queue: only what a reaction may rest on. Codes, addresses and
 * credentials of the delivery are left behind, so they are in no queue and no record (design decision 17).
 */
export const AuthsignalEvent = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("authenticator"),
    ...about,
    type: z.enum(["authenticator.created", "authenticator.updated", "authenticator.deleted"]),
    sub: UserId,
    authenticatorId: z.optional(ShortText),
    verificationMethod: z.optional(Word),
  }),
  z.object({
    kind: z.literal("action-verify"),
    ...about,
    type: z.literal("action.verify"),
    ...action,
    verificationMethod: z.optional(Word),
  }),
  z.object({
    kind: z.literal("action-log"),
    ...about,
    type: z.literal("action.log_created"),
    ...action,
    state: z.optional(Word),
    outcome: z.optional(Word),
    verificationMethod: z.optional(Word),
    /** Two letters; an address is not kept. */
    countryCode: z.optional(Word),
  }),
  z.object({
    kind: z.literal("challenge-log"),
    ...about,
    type: z.literal("challenge.log_created"),
    ...action,
    /** What happened, such as `EMAIL_OTP_MAX_ATTEMPTS_EXCEEDED`. */
    what: z.optional(Word),
    verificationMethod: z.optional(Word),
  }),
  z.object({ kind: z.literal("unknown"), ...about, type: EventType, sub: z.optional(UserId) }),
]);
export type AuthsignalEvent = z.infer<typeof AuthsignalEvent>;
