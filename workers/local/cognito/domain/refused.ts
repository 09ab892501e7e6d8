import type { Context } from "hono";
import { errorPage } from "../pages/error.ts";
import type { RefusedRequest, UnsafeRequest } from "./authorize-request.ts";

/** Answers a request that cannot be served: back to the app where that is safe, else managed login's own page. */
export function refused(c: Context, request: UnsafeRequest | RefusedRequest): Response | Promise<Response> {
  return request.kind === "redirect" ? c.redirect(request.location) : c.html(errorPage(request.error), 400);
}
