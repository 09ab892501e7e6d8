import * as z from "zod/mini";

const MAX_TEXT_CHARACTERS = 128;

/** A word of Authsignal's, such as a state or a verification method: an open set, but always of this shape. */
export const Word = z.string().check(z.regex(/^[A-Z][A-Z0-9_]{0,63}$/));
/** A name that somebody gave, such as an idempotency key. */
export const ShortText = z.string().check(z.minLength(1), z.maxLength(MAX_TEXT_CHARACTERS));
/** A time as Authsignal writes it. */
export const Time = z.iso.datetime({ offset: true });

/** For what no decision rests on: an odd value is left out rather than holding up a revocation. */
export const ifValid = <Value>(schema: z.ZodMiniType<Value>) =>
  z.pipe(
    z.optional(z.unknown()),
    z.transform((value) => schema.safeParse(value).data),
  );
