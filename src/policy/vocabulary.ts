import * as z from "zod/mini";
import { DURATION_GRAMMAR } from "./duration.ts";

/** A list that must not be empty; `what` names one entry of it. */
export const atLeastOne = (what: string) => z.minLength(1, `must list at least one ${what}`);

/** A text of 1 to `max` characters. */
export const shortText = (max: number) =>
  z
    .string()
    .check(z.minLength(1, "must not be empty"), z.maxLength(max, `must be at most ${max} characters long`));

/** The name of a route or reaction. */
export const Id = z
  .string()
  .check(
    z.regex(
      /^[a-z0-9][a-z0-9-]{0,63}$/,
      "must be 1 to 64 lower-case letters, digits and hyphens, starting with a letter or digit",
    ),
    z.describe("A unique name, used in records and messages."),
  );

/** An Authsignal action code (reference/authsignal.md): checked here, so that no later step has to. */
export const ActionCode = z
  .string()
  .check(
    z.regex(/^[a-zA-Z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, underscores and hyphens"),
    z.describe("The Authsignal action whose rules decide."),
  )
  .brand<"ActionCode">();
export type ActionCode = z.infer<typeof ActionCode>;

/** An HTTP method as policies write it. */
export const Method = z
  .string()
  .check(
    z.regex(/^[A-Z][A-Z0-9!#$%&'*+.^_`|~-]{0,31}$/, "must be an HTTP method in upper case, such as POST"),
  );

/** A verification method as Authsignal names it. */
export const VerificationMethod = z
  .string()
  .check(z.regex(/^[A-Z][A-Z0-9_]{0,63}$/, "must be a verification method in upper case, such as EMAIL_OTP"));

/** A time as policies write it. Text, because a bare number does not say its unit to whoever reads it. */
export const Duration = z
  .string()
  .check(
    z.regex(new RegExp(`^${DURATION_GRAMMAR}$`), 'must be a duration such as "90s", "5m", "12h" or "30d"'),
  );
