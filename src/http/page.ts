import { html, type Html } from "./html.ts";

/** A page of Sallyport's own. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly status?: number;
  /** Goes on by itself after some seconds; the page always has a link or button that does the same. */
  readonly refresh?: { readonly seconds: number; readonly url: string };
  /** Loads the one script, which submits the form `#continue`; without scripts its button does. */
  readonly submits?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The policy of every page. There is no `form-action`: browsers apply it to where a form's answer redirects as well,
 * and a resumed request's answer is the app's (design decision 9).
 */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Renders a page: never cached, never framed, no referrer to other sites, complete without scripts. */
export function renderPage(page: Page): Response {
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        ${page.refresh === undefined ? undefined : html`<meta http-equiv="refresh" content="${page.refresh.seconds};url=${page.refresh.url}" />`}
        <title>${page.title}</title>
        <link rel="stylesheet" href="/.sallyport/style.css" />
        ${page.submits === true ? html`<script src="/.sallyport/continue.js" defer></script>` : undefined}
      </head>
      <body>
        <main>
          <div class="door" aria-hidden="true"></div>
          <h1>${page.title}</h1>
          ${page.body}
        </main>
      </body>
    </html> `;
  return new Response(document.markup, {
    status: page.status ?? 200,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": CONTENT_SECURITY_POLICY,
      "Cache-Control": "no-store",
      "Referrer-Policy": "same-origin",
      "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY",
      ...page.headers,
    },
  });
}
