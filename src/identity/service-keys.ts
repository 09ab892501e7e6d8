/** Recognises the service keys of the configuration, of which there are two while one is replaced. */
export interface ServiceKeys {
  /** Which key `presented` is, else `undefined`. Takes the same time whatever was presented, and whichever key it is. */
  find(presented: string): Promise<"current" | "previous" | undefined>;
}

const HMAC_SHA256 = { name: "HMAC", hash: "SHA-256" };
const MAX_KEY_CHARACTERS = 512;

/**
 * Makes the check of service keys.
 *
 * What is compared are the MACs of both texts under a key that lives as long as the isolate and that nobody knows,
 * by `crypto.subtle.verify`: neither the time that takes nor its place in the text tells anything about a key.
 *
 * @param keys the current one, and the one that it replaced, if that still counts.
 */
export async function serviceKeys(keys: {
  readonly current: string | undefined;
  readonly previous: string | undefined;
}): Promise<ServiceKeys> {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const blind = await crypto.subtle.importKey("raw", random, HMAC_SHA256, false, ["sign", "verify"]);
  const encode = (text: string) => new TextEncoder().encode(text);
  const macOf = async (text: string | undefined) =>
    text === undefined ? undefined : crypto.subtle.sign("HMAC", blind, encode(text));
  const slots = [
    ["current", await macOf(keys.current)],
    ["previous", await macOf(keys.previous)],
  ] as const;
  return {
    async find(presented) {
      if (presented.length > MAX_KEY_CHARACTERS) {
        return undefined;
      }
      const bytes = encode(presented);
      // Every slot is tried, so that the time taken does not tell which one matched.
      const matches = await Promise.all(
        slots.map(async ([slot, mac]) =>
          mac !== undefined && (await crypto.subtle.verify("HMAC", blind, mac, bytes)) ? slot : undefined,
        ),
      );
      return matches.find((slot) => slot !== undefined);
    },
  };
}
