import type { MiddlewareHandler } from "hono";

/**
 * Refuses a changing request that a browser sends from another site. A program sends neither `Sec-Fetch-Site` nor
 * `Origin` and passes.
 */
export const refuseCrossSite: MiddlewareHandler = async function refuseCrossSite(c, next) {
  const isReading = c.req.method === "GET" || c.req.method === "HEAD";
  return isReading ||
    isSameOrigin(c.req.header("sec-fetch-site"), c.req.header("origin"), c.req.header("host"))
    ? next()
    : c.json({ message: "Requests from other sites are refused" }, 403);
};

function isSameOrigin(
  fetchSite: string | undefined,
  origin: string | undefined,
  host: string | undefined,
): boolean {
  if (fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none") {
    return false;
  }
  return origin === undefined || origin === `http://${host}`;
}
