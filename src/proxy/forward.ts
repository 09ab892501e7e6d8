import { fail, ok, type Result } from "../http/result.ts";
import { adjustAnswer } from "./answer.ts";
import { cleanRequestHeaders } from "./request-headers.ts";

/** A body on its way to the origin. */
export interface Upload {
  readonly body: ReadableStream;
  /** When the origin has taken the last byte: `sent`, or `client_gone` when the client broke off. */
  readonly done: Promise<"sent" | "client_gone" | "origin_gone">;
}

/** Where requests go, and how long the origin may take to begin its answer. */
export interface OriginOptions {
  /** Scheme and host of the origin; absent where `fetch` leads to it under the public address. */
  readonly url: string | undefined;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
  /** Resolves after so many milliseconds. `scheduler.wait` costs workerd less than a timer that must be cleared. */
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Watches a body whose sending takes its time; `undefined` for others. Without it, none is worth watching. */
  readonly watchUpload?: (request: Request) => Upload | undefined;
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
  /** Removed, beside what is always removed. */
  readonly withheld?: readonly string[];
  readonly authenticated: boolean;
  /** Whether the decision depended on headers: then no other spelling of any header goes on beside the one judged. */
  readonly strict?: boolean;
  /** Whether the answer's body is wanted in the bytes it came in, compressed or not: it is relayed, not passed. */
  readonly asOnTheWire?: boolean;
}

/** Why there is no answer of the origin. */
export type ForwardProblem =
  | { readonly reason: "origin_unreachable" }
  | { readonly reason: "origin_timeout" }
  | { readonly reason: "client_gone" };

/**
 * Tells Cloudflare's cache to keep nothing, of whatever status. Unlike `cache: "no-store"`, which adds fields to the
 * request, the origin does not notice.
 */
const NEVER_CACHED = Object.freeze({
  redirect: "manual" as const,
  cf: { cacheTtlByStatus: { "100-999": -1 } },
});

/**
 * Forwards a request and gives the origin's answer: redirects are not followed, bodies stream both ways, a WebSocket
 * upgrade stays one. The deadline covers the headers of the answer, and starts when the body has been sent.
 * What is changed on the way is in docs/http.md, which a test compares with what happens on the wire.
 */
export async function forward(
  forwarded: Forwarded,
  origin: OriginOptions,
): Promise<Result<Response, ForwardProblem>> {
  const { request, publicOrigin } = forwarded;
  // What was judged by its content was read whole before: its deadline starts at once, and bounds how long nobody
  // knows what became of it.
  const upload = forwarded.strict === true ? undefined : origin.watchUpload?.(request);
  const url = (origin.url ?? publicOrigin) + forwarded.target;
  const { method } = request;
  // Made with the option where it can be: given to `fetch` it would copy the whole request once more.
  const isMadeUncached = forwarded.authenticated && origin.url !== undefined && request.body === null;
  const outgoing = isMadeUncached
    ? new Request(url, { method, headers: request.headers, ...NEVER_CACHED })
    : // A request to copy hands on `redirect: "manual"` (workers.md 1.3): incoming ones have it, ours say it.
      new Request(
        url,
        upload === undefined
          ? request
          : { method, headers: request.headers, body: upload.body, redirect: "manual" },
      );
  const { headers } = outgoing;
  cleanRequestHeaders(headers, forwarded.strict === true);
  // A configured origin in its one serialisation (config.ts), so that it need not be parsed for every request.
  const schemeEnd = publicOrigin.indexOf("://");
  headers.set("X-Forwarded-Host", publicOrigin.slice(schemeEnd + "://".length));
  headers.set("X-Forwarded-Proto", publicOrigin.slice(0, schemeEnd));
  if (forwarded.clientIp !== undefined) {
    headers.set("X-Forwarded-For", forwarded.clientIp);
  }
  for (const name of forwarded.withheld ?? []) {
    headers.delete(name);
  }
  for (const [name, value] of forwarded.set) {
    headers.set(name, value);
  }
  const isCacheable = isMadeUncached || origin.url === undefined || !isPersonal(forwarded, headers);
  const uncached = isCacheable ? undefined : NEVER_CACHED;
  const options =
    forwarded.asOnTheWire === true ? { ...uncached, encodeResponseBody: "manual" as const } : uncached;
  const answer = await fetchWithin(origin, outgoing, upload, options);
  return answer.ok
    ? ok(
        adjustAnswer(answer.value, {
          publicOrigin,
          internal: origin.url,
          authenticated: forwarded.authenticated,
        }),
      )
    : answer;
}

/** Whether the answer may be for one person only, so that no cache between here and the origin may keep it. */
function isPersonal({ authenticated }: Forwarded, headers: Headers): boolean {
  return authenticated || headers.has("cookie") || headers.has("authorization");
}

async function fetchWithin(
  origin: OriginOptions,
  request: Request,
  upload: Upload | undefined,
  options: RequestInit | undefined,
): Promise<Result<Response, ForwardProblem>> {
  const clientGone = upload?.done.then((end) => end === "client_gone");
  const deadline =
    upload === undefined
      ? origin.wait(origin.timeoutMs)
      : upload.done.then(() => origin.wait(origin.timeoutMs)); // an upload takes as long as its client does
  try {
    // Nothing is aborted: a fetch that lost the race ends with the request it belongs to, as soon as that is answered.
    const answer = await Promise.race([
      options === undefined ? origin.fetch(request) : origin.fetch(request, options),
      deadline,
    ]);
    return answer === undefined ? fail({ reason: "origin_timeout" }) : ok(answer);
  } catch {
    // workerd's own messages do not tell failures apart (workers.md 1.3), and none of them is for the client.
    return fail({ reason: (await clientGone) === true ? "client_gone" : "origin_unreachable" });
  }
}
