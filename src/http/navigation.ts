/**
 * Whether a person's browser asked for this as a page (design decision 10): pages are sent, programs are told.
 * Fetch Metadata decides where it is sent; otherwise an `Accept` that names HTML does.
 * Prefetches and prerenders are never navigations: nobody is looking.
 */
export function isNavigation(method: string, headers: Headers): boolean {
  if (method !== "GET" && method !== "HEAD" && method !== "POST") {
    return false;
  }
  if (isSpeculative(headers)) {
    return false;
  }
  const mode = headers.get("sec-fetch-mode");
  if (mode !== null) {
    return mode === "navigate" && headers.get("sec-fetch-dest") === "document";
  }
  return headers.get("authorization") === null && (headers.get("accept") ?? "").includes("text/html");
}

/** Whether the browser fetches ahead of a person's wish (`Sec-Purpose`, and the older `Purpose` and `X-Moz`). */
export function isSpeculative(headers: Headers): boolean {
  return [headers.get("sec-purpose"), headers.get("purpose"), headers.get("x-moz")].some(
    (purpose) => purpose !== null && /prefetch|prerender/i.test(purpose),
  );
}

/** The methods that ask for nothing to change (RFC 9110 section 9.2.1). */
export function isSafeMethod(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS" || method === "TRACE";
}

/**
 * Whether another site made this browser send the request. `Sec-Fetch-Site` decides where it is sent,
 * else `Origin` against the public origin the request came to. A request with neither is not known to be foreign.
 */
export function isCrossSite(headers: Headers, publicOrigin: string): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) {
    return site !== "same-origin" && site !== "none";
  }
  const origin = headers.get("origin");
  return origin !== null && origin !== publicOrigin;
}
