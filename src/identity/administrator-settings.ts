import * as z from "zod/mini";
import { optionalText } from "../http/settings.ts";

/** 32 characters of a random text cannot be guessed; a comma cannot stand in the header. */
const SERVICE_KEY = /^[\x21-\x2b\x2d-\x7e]{32,512}$/;
const KEY_FIX = "must be a random secret of 32 to 512 visible characters without spaces or commas, or absent";

const serviceKey = z.pipe(
  optionalText,
  z.transform((text, context) => {
    if (text === undefined || SERVICE_KEY.test(text)) {
      return text;
    }
    context.issues.push({ code: "custom", message: KEY_FIX, input: undefined });
    return z.NEVER;
  }),
);

/**
 * The settings of whoever may use admin endpoints, the same in both Workers. Without any there are no administrators.
 */
export const administratorSettings = {
  ADMIN_KEY: serviceKey,
  ADMIN_KEY_PREVIOUS: serviceKey,
  /** A group of the user pool. */
  ADMIN_GROUP: optionalText,
};
