import { ERROR_CODES, type ErrorCode } from "./codes.ts";

/** Problem types are names, not addresses (RFC 9457 section 3.1.1 allows it); README, "Error codes", explains each. */
const PROBLEM_TYPE_BASE = "urn:sallyport:problem:";

const CONSTANT_HEADERS = {
  "Content-Type": "application/problem+json",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
} as const;

/** What a problem document may carry besides its code. No secret, token, body or upstream message goes in. */
export interface ProblemDetails {
  readonly code: ErrorCode;
  /** The correlation id that is also in the log. */
  readonly requestId: string;
  /** One sentence for the developer who reads it. */
  readonly detail?: string;
  /** Overrides the table's status where the configuration says so (design decision 10: 403 for 401). */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Extension members (RFC 9457 section 3.2). */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/**
 * Builds an `application/problem+json` answer (RFC 9457), never cacheable.
 * `Sallyport-Request-Id` repeats the correlation id for clients that read only headers.
 */
export function problem(details: ProblemDetails): Response {
  const { status, title } = ERROR_CODES[details.code];
  const finalStatus = details.status ?? status;
  const body = {
    type: `${PROBLEM_TYPE_BASE}${details.code}`,
    title,
    status: finalStatus,
    code: details.code,
    ...(details.detail === undefined ? {} : { detail: details.detail }),
    instance: `urn:uuid:${details.requestId}`,
    ...details.extensions,
  };
  return new Response(JSON.stringify(body), {
    status: finalStatus,
    headers: {
      ...CONSTANT_HEADERS,
      "Sallyport-Request-Id": details.requestId,
      ...details.headers,
    },
  });
}

/**
 * Makes a problem without a correlation id, for answers of which nothing is recorded: the text is built once, and each
 * answer costs as little as one can.
 */
export function constantProblem(
  code: ErrorCode,
  headers: Readonly<Record<string, string>> = {},
): () => Response {
  const { status, title } = ERROR_CODES[code];
  const text = JSON.stringify({ type: `${PROBLEM_TYPE_BASE}${code}`, title, status, code });
  const init = { status, headers: { ...CONSTANT_HEADERS, ...headers } };
  return () => new Response(text, init);
}
