import { html } from "hono/html";
import type { Message } from "../inbox.ts";
import { type Html, layout } from "./layout.ts";

/** Everything the pool would have sent by e-mail, newest first. */
export function inboxPage(messages: readonly Message[]): Html {
  const list =
    messages.length === 0
      ? html`<p class="lead">Nothing has been sent yet. Sign up, or forget a password.</p>`
      : html`<ol class="messages">
          ${messages.map(
            ({ to, subject, text, sentAtMs }) =>
              html`<li>
                <h2>${subject}</h2>
                <p class="code">
                  To ${to},
                  <time datetime="${new Date(sentAtMs).toISOString()}"
                    >${new Date(sentAtMs).toUTCString()}</time
                  >
                </p>
                <p class="text">${text}</p>
              </li>`,
          )}
        </ol>`;
  return layout(
    "Inbox",
    html`<h1>Inbox</h1>
      ${list}`,
    { wide: true },
  );
}
