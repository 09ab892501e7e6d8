import * as z from "zod/mini";
import { atLeastOne, Duration, shortText } from "./vocabulary.ts";

const MAX_NAMES = 64;

const names = (what: string, meaning: string) =>
  z
    .array(shortText(128))
    .check(
      atLeastOne(what),
      z.maxLength(MAX_NAMES, `must list at most ${MAX_NAMES} entries`),
      z.describe(meaning),
    );

const Scalar = z.union([shortText(256), z.number(), z.boolean()], "must be a text, a number, true or false");
const ClaimValues = z.union(
  [Scalar, z.array(Scalar).check(atLeastOne("value"), z.maxLength(MAX_NAMES))],
  "must be a text, a number, true or false, or a list of these",
);

/** What a sign-in must be like, beyond being one. Everything that is named must hold. */
export const SignInRule = z.strictObject({
  groups: z.exactOptional(names("group", "The user must be in one of these Cognito groups.")),
  scopes: z.exactOptional(
    names(
      "scope",
      "The access token must carry all of these scopes; ID tokens and browser sessions carry none.",
    ),
  ),
  claims: z.exactOptional(
    z
      .record(shortText(128), ClaimValues)
      .check(
        z.describe("Each claim must have this value, or one of these; a claim that is a list must hold one."),
      ),
  ),
  maxAge: z.exactOptional(
    Duration.check(z.describe('How long ago the person may have signed in, such as "15m".')),
  ),
});
export type SignInRule = z.infer<typeof SignInRule>;
