import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

const SECURITY_HEADERS = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/**
 * `form-action` names schemes only: Chromium applies it to every redirect that follows a form, and where an app leads
 * its user after the return from a challenge is the app's own affair.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self' http: https:",
].join("; ");

export interface PageOptions {
  readonly title: string;
  /** Distinguishes the two looks: a narrow card for people, a wide page for analysts. */
  readonly kind: "challenge" | "dashboard";
  readonly head?: Markup;
  readonly body: Markup;
  readonly status?: number;
}

/** A complete HTML answer. Every value inside was escaped by the `html` template. */
export async function page({ title, kind, head, body, status = 200 }: PageOptions): Promise<Response> {
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
      <body class="${kind}">
        ${body}
      </body>
    </html>`;
  return new Response(document.toString(), {
    status,
    headers: {
      ...SECURITY_HEADERS,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": PAGE_POLICY,
      // The address of a challenge carries its token; a dashboard form needs its own origin sent along.
      "referrer-policy": kind === "challenge" ? "no-referrer" : "same-origin",
    },
  });
}

/** 303: the answer to a form that was accepted. */
export function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { location, "cache-control": "no-store" } });
}
