import { Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import type { Context } from "../context.ts";
import type { Delivery } from "../deliveries.ts";
import { seeOther } from "../page.ts";
import type { Markup } from "../page.ts";
import { formFields } from "../ui/form.ts";
import type { DeliveryTry } from "../webhook-post.ts";
import type { WebhookBehaviour } from "../webhooks.ts";
import { dashboardPage, emptyState, moment } from "./layout.ts";

const STATE_WORDS: Readonly<Record<Delivery["state"], { readonly name: string; readonly tone: string }>> = {
  sending: { name: "Sending", tone: "wait" },
  delivered: { name: "Delivered", tone: "good" },
  waiting: { name: "Will retry", tone: "wait" },
  failed: { name: "Failed", tone: "bad" },
};

const KIND_WORDS: Readonly<Record<Delivery["kind"], string>> = {
  synchronous: "asked once, the answer decides",
  asynchronous: "told afterwards, tried again",
  batch: "log records, until accepted",
};

const NOTICES: Readonly<Record<string, string>> = {
  resent: "The event was sent again.",
  saved: "Saved. The next delivery behaves so.",
  flushed: "The log records were sent.",
};

const behaviourSchema = z.object({
  duplicates: z.coerce.number().int().min(0).max(20),
  disorder: z.coerce.number().int().min(0).max(100),
  retryDelayMs: z.coerce.number().int().min(0),
  logDelayMs: z.coerce.number().int().min(0),
});

/** What was told to the outside, and how that went. */
export function webhooksPages({ webhooks }: Context): Hono {
  const pages = new Hono();

  pages.get("/dashboard/webhooks", (c) => {
    const deliveries = webhooks.deliveries();
    return dashboardPage({
      section: "Webhooks",
      intro:
        "What was told to the outside, signed. An event about an authenticator that fails is tried three more times, a batch of log records until it is accepted.",
      notice: NOTICES[c.req.query("done") ?? ""],
      isLive: true,
      content: html`<div class="panel">
          ${endpoints(webhooks).map(
            ([name, url]) =>
              html`<div class="part row">
                <h2>${name}</h2>
                <p class="muted"><code>${url ?? "none"}</code></p>
              </div>`,
          )}
        </div>
        ${behaviourForm(webhooks.behaviour, webhooks.logs.size)}
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

  pages.post("/dashboard/webhooks/behaviour", async (c) => {
    const behaviour = behaviourSchema.safeParse(Object.fromEntries(await formFields(c)));
    Object.assign(webhooks.behaviour, behaviour.data);
    return seeOther(`/dashboard/webhooks${behaviour.success ? "?done=saved" : ""}`);
  });

  pages.post("/dashboard/webhooks/flush", async () => {
    await webhooks.logs.flush();
    return seeOther("/dashboard/webhooks?done=flushed");
  });

  pages.post("/dashboard/webhooks/:deliveryId/resend", (c) =>
    webhooks.resend(c.req.param("deliveryId")) ? seeOther("/dashboard/webhooks?done=resent") : c.notFound(),
  );

  return pages;
}

function behaviourForm(behaviour: WebhookBehaviour, waitingRecords: number): Markup {
  const field = (name: keyof z.infer<typeof behaviourSchema>, label: string): Markup =>
    html`<div class="field">
      <label for="${name}">${label}</label
      ><input id="${name}" name="${name}" type="number" min="0" required value="${String(behaviour[name])}" />
    </div>`;
  return html`<details class="panel">
    <summary class="part">How deliveries behave</summary>
    <form class="part rule" method="post" action="/dashboard/webhooks/behaviour">
      <div class="fields">
        ${field("duplicates", "Further copies of each event")}
        ${field("disorder", "Events sent last first, in groups of")}
        ${field("retryDelayMs", "Milliseconds before a retry")}
        ${field("logDelayMs", "Milliseconds before log records go out")}
      </div>
      <div class="actions">
        <button class="primary">Save<span class="visually-hidden"> behaviour</span></button>
      </div>
    </form>
    <form class="part row" method="post" action="/dashboard/webhooks/flush">
      <p class="muted">${waitingRecords} log records wait.</p>
      <button class="small">Send them now</button>
    </form>
  </details>`;
}

function endpoints({ behaviour }: Context["webhooks"]): [string, string | undefined][] {
  const { url, logUrl, emailUrl, smsUrl, pushUrl } = behaviour;
  const others: [string, string | undefined][] = [
    ["Log records", logUrl],
    ["E-mail", emailUrl],
    ["Text messages", smsUrl],
    ["Push", pushUrl],
  ];
  return [["Authenticators", url], ...others.filter(([, target]) => target !== undefined)];
}

function deliveryPart(delivery: Delivery): Markup {
  const { name, tone } = STATE_WORDS[delivery.state];
  return html`<article class="part rule" aria-label="${titleOf(delivery)}">
    <div class="row">
      <div>
        <h2>${titleOf(delivery)}</h2>
        <p class="muted">${KIND_WORDS[delivery.kind]} · <code>${delivery.url}</code></p>
      </div>
      <span class="chip ${tone}">${name}</span>
    </div>
    <ol>
      ${delivery.tries.map(
        (one, i) =>
          html`<li class="muted">
            Try ${i + 1} at ${moment(one.at)}: <strong>${answerOf(one)}</strong>
            ${one.answer === undefined ? "" : html`<code>${one.answer}</code>`}
          </li>`,
      )}
      ${delivery.nextRetryAt === undefined ? "" : html`<li class="muted">Next try at ${moment(delivery.nextRetryAt)}</li>`}
    </ol>
    <details>
      <summary>Payload</summary>
      <pre tabindex="0">${JSON.stringify(delivery.event, null, 2)}</pre>
    </details>
    <form method="post" action="/dashboard/webhooks/${delivery.deliveryId}/resend">
      <button class="small">Resend<span class="visually-hidden"> ${titleOf(delivery)}</span></button>
    </form>
  </article>`;
}

function titleOf({ event, type }: Delivery): string {
  if (!("records" in event)) {
    return type;
  }
  const { length } = event.records;
  return length === 1 ? "1 log record" : `${length} log records`;
}

function answerOf({ status, error }: DeliveryTry): string {
  return status === undefined ? (error ?? "no answer") : String(status);
}
