import { checkedIfGiven, optionalText } from "../http/settings.ts";

/** 32 characters of a random text cannot be guessed; a comma cannot stand in the header. */
const SERVICE_KEY = /^[\x21-\x2b\x2d-\x7e]{32,512}$/;
const KEY_FIX = "must be a random secret of 32 to 512 visible characters without spaces or commas, or absent";

const serviceKey = checkedIfGiven((text) => SERVICE_KEY.test(text), KEY_FIX);

/**
 * The settings of whoever may use admin endpoints, the same in both Workers. Without any there are no administrators.
 */
export const administratorSettings = {
  ADMIN_KEY: serviceKey,
  ADMIN_KEY_PREVIOUS: serviceKey,
  /** A group of the user pool. */
  ADMIN_GROUP: optionalText,
};
