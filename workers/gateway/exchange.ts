import { recordToConsole } from "../../src/audit/record.ts";
import type { ErrorCode } from "../../src/http/codes.ts";
import { ERROR_CODES } from "../../src/http/codes.ts";
import { html, type Html } from "../../src/http/html.ts";
import { isNavigation, isSafeMethod } from "../../src/http/navigation.ts";
import { renderPage } from "../../src/http/page.ts";
import { problem } from "../../src/http/problem.ts";
import type { LedgerOf } from "../../src/ledger/port.ts";
import type { Policy } from "../../src/policy/parse.ts";
import type { LimiterOf } from "../../src/sign-in/limiter-port.ts";
import type { Target } from "../../src/policy/target.ts";
import type { Gateway } from "./gateway.ts";

/** One request on its way through the gateway. */
export interface Exchange {
  readonly gateway: Gateway;
  readonly request: Request;
  readonly target: Target;
  /** The configured public origin that the request's host belongs to. */
  readonly publicOrigin: string;
  readonly policy: Policy;
  /** The correlation id: in every answer the gateway makes, and in the log. */
  readonly requestId: string;
  readonly ledgerOf: LedgerOf;
  readonly limiterOf: LimiterOf;
  /** What the app's answer opens ends with the session: the route is marked so. */
  readonly isRevocable?: boolean;
  /** Work that may outlive the answer. */
  readonly later: (work: Promise<unknown>) => void;
  /** Calls back if the client's connection ends, even after the answer. */
  readonly whenClientLeaves: (left: () => void) => void;
}

/** An exchange whose body may be read: what is held of it is counted until it is answered. */
export interface HoldingExchange extends Exchange {
  readonly held: { bytes: number };
}

/** The time by the gateway's clock. */
export function nowSeconds({ gateway }: Exchange): number {
  return Math.floor(gateway.nowMs() / 1000);
}

/** What a refusal may add to its code. */
export interface RefusalDetails {
  readonly detail?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** How long a program waits before it tries again after a 503. */
const RETRY_AFTER_SECONDS = "5";
/** The same after a 429 that knows no better: a minute, in which one of many challenges may have ended. */
const TOO_MANY_RETRY_SECONDS = "60";

/**
 * Refuses a request: a page for a person's browser, a problem document for a program (design decision 10).
 * Both carry the code and the correlation id, and nothing of what went wrong inside.
 */
export function refuse(
  request: Request,
  requestId: string,
  code: ErrorCode,
  details: RefusalDetails = {},
): Response {
  recordAnswer(requestId, code);
  const { title, status: usual } = ERROR_CODES[code];
  const status = details.status ?? usual;
  const headers = {
    ...(status === 429 ? { "Retry-After": TOO_MANY_RETRY_SECONDS } : {}),
    ...(status === 503 ? { "Retry-After": RETRY_AFTER_SECONDS } : {}),
    ...(status === 401 ? { "WWW-Authenticate": "Bearer" } : {}), // RFC 9110 section 15.5.2 asks for one
    ...details.headers,
  };
  if (!isNavigation(request.method, request.headers)) {
    return problem({ code, requestId, ...details, headers });
  }
  return renderPage({
    title,
    tone: status >= 500 ? "care" : status === 403 ? "stop" : "still",
    status,
    headers: { ...headers, "Sallyport-Request-Id": requestId },
    body: html`${paragraph(details.detail)} ${paragraph(whatToDo(request.method, code, status))}
      <div class="actions"><a class="button" href="/">Back to the app</a></div>
      <p class="soft">For support: <code>${code}</code>, request <code>${requestId}</code></p>`,
  });
}

/** Every error that the gateway answers with is in the log under its correlation id. */
export function recordAnswer(requestId: string, code: ErrorCode): void {
  recordToConsole({ event: "answered", requestId, reason: code });
}

/** The fate of what was sent, and what to do now. Nothing is promised that the gateway does not know. */
function whatToDo(method: string, code: ErrorCode, status: number): string | undefined {
  const soon = status === 503 ? "Please try again in a moment." : undefined;
  if (code === "not_found") {
    return "The address may be mistyped, or out of date.";
  }
  if (isSafeMethod(method)) {
    return soon;
  }
  switch (code) {
    case "sign_in_required":
      return undefined; // its detail says it
    case "blocked":
      return "Nothing was sent to the app. If you think that this is wrong, please contact its support.";
    case "origin_unreachable":
    case "origin_timeout":
    case "internal":
      return "What you sent may or may not have been done. Check in the app before you send it again.";
    default:
      return [soon, "Nothing was sent to the app."].filter((sentence) => sentence !== undefined).join(" ");
  }
}

function paragraph(text: string | undefined): Html | undefined {
  return text === undefined ? undefined : html`<p>${text}</p>`;
}

/** A redirect that turns any method into GET (RFC 9110 section 15.4.4), never cached. */
export function seeOther(location: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({
    Location: location,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
  });
  for (const cookie of cookies) {
    headers.append("Set-Cookie", cookie);
  }
  return new Response(null, { status: 303, headers });
}

/** A JSON answer of the gateway's own, never cached. */
export function json(value: unknown, status = 200): Response {
  return Response.json(value, {
    status,
    headers: { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" },
  });
}
