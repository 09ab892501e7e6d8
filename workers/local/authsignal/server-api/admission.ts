import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import type { Context } from "../context.ts";
import { tooManyRequests } from "../faults.ts";
import { isInRange } from "../ip-facts.ts";
import { apiError } from "./errors.ts";
import { IGNORE_UNKNOWN_FIELDS } from "./input.ts";

const WINDOW_MS = 1_000;

/** Who may call the server API, and how often: the tenant's IPv4 list, and the rate limit when one is switched on. */
export function admission({
  tenant,
  switches,
}: Pick<Context, "tenant" | "switches">): MiddlewareHandler<{ Bindings: HttpBindings }> {
  let windowBeganMs = 0;
  let requests = 0;
  return async function admit(c, next) {
    c.set(IGNORE_UNKNOWN_FIELDS as never, (switches.unknownFields === "ignore") as never); // hono types keys per app
    const { ipWhitelist } = tenant.settings;
    if (ipWhitelist.length > 0) {
      const address = (c.env.incoming.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
      if (!ipWhitelist.some((range) => isInRange(address, range))) {
        return apiError(403, "forbidden", "This address may not call the server API.");
      }
    }
    if (switches.requestsPerSecond > 0) {
      const nowMs = performance.now();
      if (nowMs - windowBeganMs >= WINDOW_MS) {
        windowBeganMs = nowMs;
        requests = 0;
      }
      requests += 1;
      if (requests > switches.requestsPerSecond) {
        return tooManyRequests(1);
      }
    }
    return next();
  };
}
