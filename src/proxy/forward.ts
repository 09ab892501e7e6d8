import { fail, ok, type Result } from "../http/result.ts";
import { cleanRequestHeaders } from "./request-headers.ts";

/** Where requests go, and how long the origin may take to begin its answer. */
export interface OriginOptions {
  /** Scheme and host of the origin, nothing after it. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
  /** Resolves after so many milliseconds. `scheduler.wait` costs workerd less than a timer that must be cleared. */
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** What to forward. */
export interface Forwarded {
  /** Gives method, body and headers; its `redirect` must be `manual`. */
  readonly request: Request;
  /** Path and query: the target that was judged. */
  readonly target: string;
  readonly publicOrigin: string;
  readonly clientIp: string | undefined;
  /** Set after the client's own were removed. */
  readonly set: readonly (readonly [string, string])[];
  readonly authenticated: boolean;
}

/** Why there is no answer of the origin. */
export type ForwardProblem =
  | { readonly reason: "origin_unreachable" }
  | { readonly reason: "origin_timeout" };

/**
 * Forwards a request and gives the origin's answer as it is: redirects are not followed, bodies stream both ways,
 * a WebSocket upgrade stays one. The deadline covers the headers of the answer only.
 *
 * Changed on the answer: a `Location` that names the origin's own address becomes the public one, and an
 * authenticated answer without a cache policy becomes `private`.
 */
export async function forward(
  forwarded: Forwarded,
  origin: OriginOptions,
): Promise<Result<Response, ForwardProblem>> {
  // The request it is made from hands on `redirect: "manual"` (workers.md 1.3): incoming ones have it, ours say it.
  const outgoing = new Request(origin.url + forwarded.target, forwarded.request);
  const { headers } = outgoing;
  cleanRequestHeaders(headers);
  // A configured origin in its one serialisation (config.ts), so that it need not be parsed for every request.
  const schemeEnd = forwarded.publicOrigin.indexOf("://");
  headers.set("X-Forwarded-Host", forwarded.publicOrigin.slice(schemeEnd + "://".length));
  headers.set("X-Forwarded-Proto", forwarded.publicOrigin.slice(0, schemeEnd));
  if (forwarded.clientIp !== undefined) {
    headers.set("X-Forwarded-For", forwarded.clientIp);
  }
  for (const [name, value] of forwarded.set) {
    headers.set(name, value);
  }
  const answer = await fetchWithin(origin, outgoing);
  return answer.ok ? ok(adjustAnswer(answer.value, forwarded, origin.url)) : answer;
}

async function fetchWithin(
  origin: OriginOptions,
  request: Request,
): Promise<Result<Response, ForwardProblem>> {
  try {
    // Nothing is aborted: a fetch that lost the race ends with the request it belongs to, as soon as that is answered.
    const answer = await Promise.race([origin.fetch(request), origin.wait(origin.timeoutMs)]);
    return answer === undefined ? fail({ reason: "origin_timeout" }) : ok(answer);
  } catch {
    // workerd's own messages do not tell failures apart (workers.md 1.3), and none of them is for the client.
    return fail({ reason: "origin_unreachable" });
  }
}

function adjustAnswer(answer: Response, forwarded: Forwarded, originUrl: string): Response {
  if (answer.status === 101) {
    return answer; // a copy would lose the socket
  }
  const location = answer.headers.get("location");
  const internal = location !== null && isBelow(location, originUrl);
  const cacheable = forwarded.authenticated && !answer.headers.has("cache-control");
  if (!internal && !cacheable) {
    return answer;
  }
  const adjusted = new Response(answer.body, answer);
  if (internal) {
    adjusted.headers.set("Location", forwarded.publicOrigin + location.slice(originUrl.length));
  }
  if (cacheable) {
    adjusted.headers.set("Cache-Control", "private");
  }
  return adjusted;
}

function isBelow(location: string, originUrl: string): boolean {
  return (
    location === originUrl ||
    (location.startsWith(originUrl) && /^[/?#]/.test(location.slice(originUrl.length)))
  );
}
