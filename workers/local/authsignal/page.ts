import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

const SECURITY_HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
/** A page that nobody may frame, and that keeps no tie to the page that opened it. */
const ALONE_HEADERS = { "cross-origin-opener-policy": "same-origin", "x-frame-options": "DENY" };

/**
 * `form-action` names schemes only: Chromium applies it to every redirect that follows a form, and where an app leads
 * its user after the return from a challenge is the app's own affair.
 */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self' http: https:",
];

export interface PageOptions {
  readonly title: string;
  /** The look: a narrow card for people, a phone's screen, a wide page for analysts. */
  readonly kind: "challenge" | "phone" | "dashboard";
  readonly head?: Markup;
  readonly body: Markup;
  readonly status?: number;
  /** Set for a page in popup mode: the origins that may frame it; undefined inside: any. */
  readonly popup?: { readonly origins: readonly string[] | undefined } | undefined;
  /** Attributes of the body, for scripts to read. */
  readonly bodyAttributes?: Markup;
}

/** A complete HTML answer. Every value inside was escaped by the `html` template. */
export async function page(options: PageOptions): Promise<Response> {
  const { title, kind, head, body, bodyAttributes, popup, status = 200 } = options;
  const document = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/style.css" />
        ${head ?? ""}
      </head>
      <body class="${kind}${popup === undefined ? "" : " popup"}" ${bodyAttributes ?? ""}>
        ${body}
      </body>
    </html>`;
  return new Response(document.toString(), {
    status,
    headers: {
      ...SECURITY_HEADERS,
      ...(popup === undefined ? ALONE_HEADERS : {}),
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": [...POLICY, `frame-ancestors ${frameAncestors(popup)}`].join("; "),
      // The address of a challenge carries its token; a dashboard form needs its own origin sent along.
      "referrer-policy": kind === "challenge" ? "no-referrer" : "same-origin",
    },
  });
}

function frameAncestors(popup: PageOptions["popup"]): string {
  return popup === undefined ? "'none'" : (popup.origins?.join(" ") ?? "http: https:");
}

/** 303: the answer to a form that was accepted. */
export function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { location, "cache-control": "no-store" } });
}
