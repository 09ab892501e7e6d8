import { fail, ok, type Result } from "../http/result.ts";
import { adjustAnswer, type Answered } from "./answer.ts";
import { cleanRequestHeaders } from "./request-headers.ts";

/** A body on its way to the origin. */
export interface Upload {
  readonly body: ReadableStream | Uint8Array<ArrayBuffer>;
  /** Absent where all of it is there. */
  readonly watch?: {
    /** Aborts when the client breaks off: what the origin has of the body is not the whole of it. */
    readonly broken: AbortSignal;
    /** When the origin has taken the last byte: `sent`, or `client_gone` when the client broke off. */
    readonly done: Promise<"sent" | "client_gone" | "origin_gone">;
  };
}

/** Where requests go, and how long the origin may take to begin its answer. */
export interface OriginOptions {
  /** Scheme and host of the origin; absent where `fetch` leads to it under the public address. */
  readonly url: string | undefined;
  /**
   * Whether Cloudflare's cache stands before the origin. It does not before a service binding, where the Worker would
   * take what is meant for the cache for its own `request.cf`.
   */
  readonly isBehindCache: boolean;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
  /**
   * Calls back after so many milliseconds. Nothing takes it back: a timer ends with the request it belongs to, and not
   * having to clear it makes it the cheapest deadline that workerd has.
   */
  readonly after: (milliseconds: number, due: () => void) => void;
  /** Calls back if the client leaves; asked only about requests that take their time, since asking costs. */
  readonly whenClientLeaves?: ((left: () => void) => void) | undefined;
  /** Takes a request's body and watches it on its way; `undefined` for what has none. Without it, none is watched. */
  readonly takeUpload?: (request: Request) => Upload | Promise<Upload> | undefined;
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

/** A client that leaves sooner is not noticed: a listener for every request would cost more than most are worth. */
const CLIENT_UNWATCHED_MS = 50;

const FETCHED = Object.freeze({ redirect: "manual" as const });

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
 *
 * @throws ClientGone as `takeUpload` does.
 */
export function forward(
  forwarded: Forwarded,
  origin: OriginOptions,
): Promise<Result<Response, ForwardProblem>> {
  // What was judged by its content was read whole before: its deadline starts at once, and bounds how long nobody
  // knows what became of it.
  const upload = forwarded.strict === true ? undefined : origin.takeUpload?.(forwarded.request);
  return upload instanceof Promise
    ? upload.then((taken) => send(forwarded, origin, taken))
    : send(forwarded, origin, upload);
}

function send(
  forwarded: Forwarded,
  origin: OriginOptions,
  upload: Upload | undefined,
): Promise<Result<Response, ForwardProblem>> {
  const { request, publicOrigin, authenticated } = forwarded;
  const url = (origin.url ?? publicOrigin) + forwarded.target;
  // To make a request before it is fetched would copy it once more (performance.md). Only a body that is not taken
  // needs it, and hands on `redirect: "manual"` (workers.md 1.3): incoming ones have it, ours say it.
  const copy = request.body === null || upload !== undefined ? undefined : new Request(url, request);
  const headers = copy?.headers ?? new Headers(request.headers);
  cleanRequestHeaders(headers, forwarded.strict === true);
  if (request.method !== "GET") {
    headers.delete("upgrade"); // the runtime would make a GET of it, which nobody judged
  }
  setHeaders(headers, forwarded);
  const isCacheable = !origin.isBehindCache || !(authenticated || isPersonal(headers));
  const options: RequestInit = {
    ...(isCacheable ? FETCHED : NEVER_CACHED),
    ...(forwarded.asOnTheWire === true ? { encodeResponseBody: "manual" } : undefined),
    ...(upload === undefined ? undefined : { body: upload.body }),
    ...(upload?.watch === undefined ? undefined : { signal: upload.watch.broken }),
  };
  const fetched =
    copy === undefined
      ? origin.fetch(url, { method: request.method, headers, ...options })
      : origin.fetch(copy, options);
  return within(origin, upload?.watch, fetched, { publicOrigin, internal: origin.url, authenticated });
}

/** What the gateway says, after the client's own words for it are gone. */
function setHeaders(headers: Headers, { publicOrigin, clientIp, withheld, set }: Forwarded): void {
  // A configured origin in its one serialisation (config.ts), so that it need not be parsed for every request.
  const schemeEnd = publicOrigin.indexOf("://");
  headers.set("X-Forwarded-Host", publicOrigin.slice(schemeEnd + "://".length));
  headers.set("X-Forwarded-Proto", publicOrigin.slice(0, schemeEnd));
  if (clientIp !== undefined) {
    headers.set("X-Forwarded-For", clientIp);
  }
  for (const name of withheld ?? []) {
    headers.delete(name);
  }
  for (const [name, value] of set) {
    headers.set(name, value);
  }
}

/** Whether the answer may be for one person only, so that no cache between here and the origin may keep it. */
function isPersonal(headers: Headers): boolean {
  return headers.has("cookie") || headers.has("authorization");
}

/** The answer, adjusted for the client, or why there is none in time. */
function within(
  { timeoutMs, after, whenClientLeaves }: OriginOptions,
  watch: Upload["watch"],
  fetched: Promise<Response>,
  answered: Answered,
): Promise<Result<Response, ForwardProblem>> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const end = (outcome: Result<Response, ForwardProblem>) => {
      isOver = true;
      resolve(outcome);
    };
    // Nothing is aborted: a fetch that lost the race ends with the request it belongs to, as soon as that is answered.
    const tooLate = () => end(fail({ reason: "origin_timeout" }));
    const unwatchedMs = Math.min(CLIENT_UNWATCHED_MS, timeoutMs);
    after(unwatchedMs, () => {
      if (isOver) {
        return;
      }
      // The runtime also says so of a client that leaves after its answer.
      whenClientLeaves?.(() => end(fail({ reason: "client_gone" })));
      if (watch === undefined) {
        after(timeoutMs - unwatchedMs, tooLate);
      }
    });
    void watch?.done.then(() => after(timeoutMs, tooLate)); // an upload takes as long as its client does
    fetched
      .then(
        (answer) => end(ok(adjustAnswer(answer, answered))),
        // workerd's own messages do not tell failures apart (workers.md 1.3), and none of them is for the client.
        () => end(fail({ reason: watch?.broken.aborted === true ? "client_gone" : "origin_unreachable" })),
      )
      .catch(reject);
  });
}
