/** What a page of another origin may read of the gateway's answers, beside what every page may. */
const EXPOSED = "WWW-Authenticate, Retry-After, Sallyport-Request-Id";

/** What the gateway's own endpoints take. */
const OWN_METHODS = "GET, POST, DELETE";
const OWN_HEADERS = "Authorization, Content-Type";
const PREFLIGHT_MAX_AGE_SECONDS = "600";

/** The header by which a program repeats its request: the app need not know of it. */
const CHALLENGE_HEADER = "Sallyport-Challenge";

/** Whether a browser asks beforehand if a page may send a request (Fetch, "CORS-preflight request"): it has all three. */
export function isPreflight(request: Request): boolean {
  return (
    request.method === "OPTIONS" &&
    request.headers.has("access-control-request-method") &&
    request.headers.has("origin")
  );
}

/**
 * Lets a page of a configured origin read an answer that the gateway made, in place. Other pages, and answers of the
 * app, are none of this function's business.
 */
export function makeReadable(answer: Response, request: Request, origins: ReadonlySet<string>): Response {
  answer.headers.append("Vary", "Origin");
  const origin = request.headers.get("origin");
  if (origin !== null && origins.has(origin)) {
    answer.headers.set("Access-Control-Allow-Origin", origin);
    answer.headers.set("Access-Control-Allow-Credentials", "true");
    answer.headers.set("Access-Control-Expose-Headers", EXPOSED);
  }
  return answer;
}

/** Answers a preflight for one of the gateway's own endpoints; `makeReadable` says to whom it applies. */
export function ownPreflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "Access-Control-Allow-Methods": OWN_METHODS,
      "Access-Control-Allow-Headers": OWN_HEADERS,
      "Access-Control-Max-Age": PREFLIGHT_MAX_AGE_SECONDS,
      "Cache-Control": "no-store",
    },
  });
}

/** A preflight for the app, which is not asked about a header that it will never see. */
export interface AppPreflight {
  /** `Access-Control-Request-Headers` for the app; `undefined` when nothing is left of it. */
  readonly requestHeaders: string | undefined;
  /** Whether the page asked for `Sallyport-Challenge`. */
  readonly asksForChallenge: boolean;
}

/** Reads what a preflight asks for. */
export function readAppPreflight(headers: Headers): AppPreflight {
  const asked = headers.get("access-control-request-headers");
  const names = (asked ?? "").split(",").map((name) => name.trim());
  const rest = names.filter((name) => name.toLowerCase() !== CHALLENGE_HEADER.toLowerCase());
  if (rest.length === names.length) {
    return { requestHeaders: asked ?? undefined, asksForChallenge: false };
  }
  return { requestHeaders: rest.length === 0 ? undefined : rest.join(","), asksForChallenge: true };
}

/** The app's answer to a preflight, which now allows `Sallyport-Challenge` beside what the app allows. */
export function allowChallenge(answer: Response): Response {
  const allowed = answer.headers.get("access-control-allow-headers");
  const adjusted = new Response(answer.body, answer);
  adjusted.headers.set(
    "Access-Control-Allow-Headers",
    allowed === null || allowed === "" ? CHALLENGE_HEADER : `${allowed}, ${CHALLENGE_HEADER}`,
  );
  return adjusted;
}
