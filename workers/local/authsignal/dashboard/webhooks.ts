import { Hono } from "hono";
import { html } from "hono/html";
import type { Context } from "../context.ts";
import { seeOther } from "../page.ts";
import type { Markup } from "../page.ts";
import type { Delivery, DeliveryTry } from "../webhooks.ts";
import { dashboardPage, emptyState, moment } from "./layout.ts";

const STATE_WORDS: Readonly<Record<Delivery["state"], { readonly name: string; readonly tone: string }>> = {
  sending: { name: "Sending", tone: "wait" },
  delivered: { name: "Delivered", tone: "good" },
  waiting: { name: "Will retry", tone: "wait" },
  failed: { name: "Failed", tone: "bad" },
};

/** Deliveries of authenticator events. */
export function webhooksPages({ webhooks }: Context): Hono {
  const pages = new Hono();

  pages.get("/dashboard/webhooks", (c) => {
    const deliveries = webhooks.deliveries();
    return dashboardPage({
      section: "Webhooks",
      intro:
        "What happened to authenticators, signed and sent. A delivery that fails is tried three more times.",
      notice: c.req.query("done") === "resent" ? "The event was sent again." : undefined,
      isLive: true,
      content: html`<div class="panel">
          <div class="part row">
            <div>
              <h2>Endpoint</h2>
              <p class="muted"><code>${webhooks.url ?? "none: no events are sent"}</code></p>
            </div>
          </div>
        </div>
        <div data-live>
          ${
            deliveries.length === 0
              ? emptyState(
                  "No deliveries yet",
                  "Enrol or delete an authenticator, and its event appears here.",
                )
              : html`<div class="panel">${deliveries.map(deliveryPart)}</div>`
          }
        </div>`,
    });
  });

  pages.post("/dashboard/webhooks/:deliveryId/resend", (c) =>
    webhooks.resend(c.req.param("deliveryId")) ? seeOther("/dashboard/webhooks?done=resent") : c.notFound(),
  );

  return pages;
}

function deliveryPart(delivery: Delivery): Markup {
  const { name, tone } = STATE_WORDS[delivery.state];
  return html`<article class="part rule" aria-label="${delivery.event.type}">
    <div class="row">
      <div>
        <h2>${delivery.event.type}</h2>
        <p class="muted">${moment(delivery.event.time)} · <code>${delivery.event.id}</code></p>
      </div>
      <span class="chip ${tone}">${name}</span>
    </div>
    <ol>
      ${delivery.tries.map(
        (one, i) =>
          html`<li class="muted">Try ${i + 1} at ${moment(one.at)}: <strong>${answerOf(one)}</strong></li>`,
      )}
      ${delivery.nextRetryAt === undefined ? "" : html`<li class="muted">Next try at ${moment(delivery.nextRetryAt)}</li>`}
    </ol>
    <details>
      <summary>Payload</summary>
      <pre tabindex="0">${JSON.stringify(delivery.event, null, 2)}</pre>
    </details>
    <form method="post" action="/dashboard/webhooks/${delivery.deliveryId}/resend">
      <button class="small">Resend<span class="visually-hidden"> ${delivery.event.type}</span></button>
    </form>
  </article>`;
}

function answerOf({ status, error }: DeliveryTry): string {
  return status === undefined ? (error ?? "no answer") : String(status);
}
