import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import * as z from "zod";
import { apiError } from "./server-api/errors.ts";

const DEFAULT_DELAY_MS = 1_000;
const DEFAULT_FAULT_STATUS = 500;
const MAX_DELAY_MS = 600_000;

export const faultSchema = z.strictObject({
  /** "*" is the whole server API. */
  endpoint: z.enum(["track", "validate", "*"]),
  kind: z.enum(["hang", "status", "html", "garbage", "reset", "delay"]),
  status: z.int().min(200).max(599).optional(),
  delayMs: z.int().min(0).max(MAX_DELAY_MS).optional(),
});

/** A way for the server API to misbehave. */
export type Fault = z.infer<typeof faultSchema>;

/** The fault that is switched on, if any. */
export interface FaultSwitch {
  current: Fault | undefined;
}

/** Lets the server API misbehave, before it looks at the request. */
export function withFaults(faults: FaultSwitch): MiddlewareHandler<{ Bindings: HttpBindings }> {
  return async function misbehave(c, next) {
    const fault = faults.current;
    if (fault === undefined || !isAbout(fault, c.req.method, c.req.path)) {
      return next();
    }
    switch (fault.kind) {
      case "hang":
        return new Promise<never>(() => {});
      case "reset":
        c.env.incoming.socket.resetAndDestroy();
        return new Promise<never>(() => {});
      case "delay":
        await new Promise<void>((resolve) => {
          setTimeout(resolve, fault.delayMs ?? DEFAULT_DELAY_MS).unref();
        });
        return next();
      case "status":
        return apiError(
          fault.status ?? DEFAULT_FAULT_STATUS,
          "internal_server_error",
          "Something went wrong.",
        );
      case "html":
        return new Response("<!doctype html><title>Bad Gateway</title><h1>502 Bad Gateway</h1>", {
          status: fault.status ?? 502,
          headers: { "content-type": "text/html" },
        });
      case "garbage":
        return new Response('{"state":"ALL', {
          status: fault.status ?? 200,
          headers: { "content-type": "application/json" },
        });
      default:
        return fault.kind satisfies never;
    }
  };
}

function isAbout({ endpoint }: Fault, method: string, path: string): boolean {
  switch (endpoint) {
    case "*":
      return true;
    case "validate":
      return method === "POST" && path.endsWith("/validate");
    case "track":
      return method === "POST" && /\/users\/[^/]+\/actions\/[^/]+$/.test(path);
    default:
      return endpoint satisfies never;
  }
}
