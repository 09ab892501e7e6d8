import type { MiddlewareHandler } from "hono";

/** Refuses what a browser sends from another site; a program sends neither header and passes. */
export const refuseOtherSites: MiddlewareHandler = async function refuseOtherSites(c, next) {
  if (c.req.method === "GET" || c.req.method === "HEAD") {
    return next();
  }
  const site = c.req.header("Sec-Fetch-Site");
  const origin = c.req.header("Origin");
  const isOwn =
    (site === undefined || site === "same-origin" || site === "none") &&
    (origin === undefined || origin === `http://${c.req.header("Host") ?? ""}`);
  return isOwn ? next() : c.json({ error: ["Requests from other sites are refused."] }, 403);
};
