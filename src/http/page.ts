import { html, type Html } from "./html.ts";

/** What kind of news a page brings: it decides the mark above the title, never the words. */
export type Tone = "ask" | "good" | "still" | "care" | "stop";

/** A page of Sallyport's own. */
export interface Page {
  readonly title: string;
  /** `ask` unless said otherwise. */
  readonly tone?: Tone;
  readonly body: Html;
  readonly status?: number;
  /** Goes on by itself after some seconds; the page always has a link or button that does the same. */
  readonly refresh?: { readonly seconds: number; readonly url: string };
  /** Loads the script that submits the form `#continue`; without scripts its button does. */
  readonly submits?: boolean;
  /** Loads the script that goes back to the app's page, where a script of the app left it for this. */
  readonly goesBack?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** The language of the words, English unless said otherwise. */
  readonly language?: string;
  /** A further style sheet of the gateway's. */
  readonly styleSheet?: string;
  /** An image of the app's own in the place of the mark. */
  readonly logo?: { readonly source: string; readonly text: string };
  readonly footer?: string;
}

/**
 * The policy of every page. There is no `form-action`: browsers apply it to where a form's answer redirects as well,
 * and a resumed request's answer is the app's (design decision 9).
 */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The mark of each tone, on a grid of 24: a door that stands open, a tick, a pause, an exclamation mark, a bar. */
const MARKS: Readonly<Record<Tone, Html>> = {
  ask: html`<path d="M3.5 20.5h17M16.5 20V4.5a1 1 0 0 0-1-1H8" />
    <path class="solid" d="m7 3.5 5 2v15.5l-5-1z" />`,
  good: html`<path d="m5 12.5 4.5 4.5L19 7.5" />`,
  still: html`<path d="M9 6.5v11M15 6.5v11" />`,
  care: html`<path d="M12 5v9M12 18.5v.1" />`,
  stop: html`<path d="M5.5 12h13" />`,
};

/** Renders a page: never cached, never framed, no referrer to other sites, complete without scripts. */
export function renderPage(page: Page): Response {
  const document = html`<!doctype html>
    <html lang="${page.language ?? "en"}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        ${page.refresh === undefined ? undefined : html`<meta http-equiv="refresh" content="${page.refresh.seconds};url=${page.refresh.url}" />`}
        <title>${page.title}</title>
        <link rel="stylesheet" href="/.sallyport/style.css" />
        ${page.goesBack === true ? html`<script src="/.sallyport/back.js" type="module"></script>` : undefined}
        ${page.styleSheet === undefined ? undefined : html`<link rel="stylesheet" href="${page.styleSheet}" />`}
        ${page.submits === true ? html`<script src="/.sallyport/continue.js" defer></script>` : undefined}
      </head>
      <body>
        <main>
          ${page.logo === undefined ? mark(page.tone ?? "ask") : html`<img class="logo" src="${page.logo.source}" alt="${page.logo.text}" />`}
          <h1>${page.title}</h1>
          ${page.body}
        </main>
        <footer>${page.footer ?? "Protected by Sallyport"}</footer>
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

function mark(tone: Tone): Html {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true" class="mark ${tone}">
    <g>${MARKS[tone]}</g>
  </svg>`;
}
