import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { apiError } from "./errors.ts";

const DESCRIPTION =
  "The request is unauthorized. Check that your API key and region base URL are correctly configured.";

/**
 * HTTP Basic with a secret as user name and an empty password (reference 1.2). A key that is right for another API is
 * told so by 403. Both lists are read each time: keys rotate.
 */
export function requireSecretKey(
  secretKeys: readonly string[],
  keysOfOtherApis: readonly string[] = [],
): MiddlewareHandler {
  return async function authenticate(c, next) {
    const credentials = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
    const presented = digest(Buffer.from(credentials, "base64").toString("utf8"));
    const isAmong = (keys: readonly string[]): boolean =>
      keys.some((key) => timingSafeEqual(digest(`${key}:`), presented));
    if (isAmong(secretKeys)) {
      return next();
    }
    return isAmong(keysOfOtherApis)
      ? apiError(403, "forbidden", "This key is for another API.")
      : apiError(401, "unauthorized", DESCRIPTION);
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
