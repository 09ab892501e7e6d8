import { fail, ok, type Result } from "../http/result.ts";
import { adjustAnswer } from "./answer.ts";
import { cleanRequestHeaders } from "./request-headers.ts";
import { watchUpload, type Upload } from "./upload.ts";

/** Where requests go, and how long the origin may take to begin its answer. */
export interface OriginOptions {
  /** Scheme and host of the origin; absent where `fetch` leads to it under the public address. */
  readonly url: string | undefined;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
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
const NEVER_CACHED = Object.freeze({ cacheTtlByStatus: Object.freeze({ "100-999": -1 }) });

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
  const upload = watchUpload(request);
  const outgoing = new Request(
    (origin.url ?? publicOrigin) + forwarded.target,
    // A request to copy hands on `redirect: "manual"` (workers.md 1.3): incoming ones have it, ours say it.
    upload === undefined
      ? request
      : { method: request.method, headers: request.headers, body: upload.body, redirect: "manual" },
  );
  const { headers } = outgoing;
  cleanRequestHeaders(headers, forwarded.strict === true);
  const scheme = publicOrigin.indexOf("://");
  headers.set("X-Forwarded-Host", publicOrigin.slice(scheme + 3));
  headers.set("X-Forwarded-Proto", publicOrigin.slice(0, scheme));
  if (forwarded.clientIp !== undefined) {
    headers.set("X-Forwarded-For", forwarded.clientIp);
  }
  for (const name of forwarded.withheld ?? []) {
    headers.delete(name);
  }
  for (const [name, value] of forwarded.set) {
    headers.set(name, value);
  }
  const answer = await fetchWithin(origin, outgoing, upload, isPersonal(forwarded, headers));
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
  isPersonalAnswer: boolean,
): Promise<Result<Response, ForwardProblem>> {
  const controller = new AbortController();
  let late = false;
  let answered = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const startDeadline = () => {
    if (!answered) {
      timer = setTimeout(() => {
        late = true;
        controller.abort();
      }, origin.timeoutMs);
    }
  };
  let clientGone: Promise<boolean> = Promise.resolve(false);
  if (upload === undefined) {
    startDeadline();
  } else {
    clientGone = upload.done.then((end) => {
      startDeadline();
      return end === "client_gone";
    });
  }
  try {
    return ok(
      await origin.fetch(request, {
        signal: controller.signal,
        ...(isPersonalAnswer && origin.url !== undefined ? { cf: NEVER_CACHED } : {}),
      }),
    );
  } catch {
    // workerd's own messages do not tell failures apart (workers.md 1.3), and none of them is for the client.
    if (late) {
      return fail({ reason: "origin_timeout" });
    }
    return fail({ reason: (await clientGone) ? "client_gone" : "origin_unreachable" });
  } finally {
    answered = true;
    if (timer !== undefined) {
      clearTimeout(timer);
    }
  }
}
