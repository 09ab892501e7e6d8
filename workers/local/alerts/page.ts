import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { ReceivedAlert } from "./app.ts";

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** The page that shows what arrived, newest first. */
export function alertsPage(alerts: readonly ReceivedAlert[]): Html {
  const count = alerts.length === 1 ? "1 alert" : `${alerts.length} alerts`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Alerts (${alerts.length})</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/alerts.css" />
      </head>
      <body>
        <header>
          <h1>Alerts</h1>
          <p><span class="count">${count}</span><a href="/alerts">Refresh</a></p>
        </header>
        <main>
          ${
            alerts.length === 0
              ? html`<p class="empty">
                  <strong>Nothing has arrived yet.</strong> An alert appears here when a reaction of the
                  policy sends one.
                </p>`
              : alerts.map(alertCard)
          }
        </main>
      </body>
    </html>`;
}

function alertCard(alert: ReceivedAlert): Html {
  const fields =
    typeof alert.body === "object" && alert.body !== null && !Array.isArray(alert.body)
      ? Object.entries(alert.body)
      : [["value", alert.body] as const];
  return html`<article>
    <h2>
      <time datetime="${alert.receivedAt}">${alert.receivedAt.slice(0, 19).replace("T", " ")} UTC</time>
    </h2>
    <dl>
      ${fields.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>
              ${
                typeof value === "object" && value !== null
                  ? html`<pre>${JSON.stringify(value, null, 2)}</pre>`
                  : String(value)
              }
            </dd>`,
      )}
    </dl>
  </article>`;
}

/** The page's style sheet. */
export const ALERTS_CSS = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f6f5f3, #141312); --card: light-dark(#fff, #1f1d1b); --ink: light-dark(#22201d, #ece8e3);
  --faint: light-dark(#6b645b, #a39b90); --line: light-dark(#e3dfd8, #35312d); --mark: light-dark(#b23a0e, #ff9a6b);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header, main { max-width: 52rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; align-items: baseline; justify-content: space-between; gap: 1rem; padding-top: 1.5rem; }
header p { display: flex; gap: 1rem; margin: 0; }
h1 { margin: 0; font-size: 1.5rem; }
a { color: var(--mark); }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
.count { color: var(--faint); }
main { padding-top: 1rem; padding-bottom: 3rem; }
.empty, article { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem; margin: 0 0 1rem; }
article { border-left: 4px solid var(--mark); }
h2 { margin: 0 0 .75rem; font-size: .875rem; font-weight: 500; color: var(--faint); font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: minmax(7rem, auto) 1fr; gap: .4rem 1.25rem; margin: 0; }
dt { color: var(--faint); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
pre { margin: 0; overflow-x: auto; font-size: .875rem; }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; } }
`;
