import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { apiError } from "./errors.ts";

const DESCRIPTION =
  "The request is unauthorized. Check that your API key and region base URL are correctly configured.";

/** HTTP Basic with a server API secret as user name and an empty password (reference 1.2). */
export function requireSecretKey(secretKeys: readonly string[]): MiddlewareHandler {
  const accepted = secretKeys.map((key) => digest(`${key}:`));
  return async function authenticate(c, next) {
    const credentials = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
    const presented = digest(Buffer.from(credentials, "base64").toString("utf8"));
    if (!accepted.some((key) => timingSafeEqual(key, presented))) {
      return apiError(401, "unauthorized", DESCRIPTION);
    }
    return next();
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
