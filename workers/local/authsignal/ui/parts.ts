import { html, raw } from "hono/html";
import * as QRCode from "qrcode";
import type { Markup } from "../page.ts";
import type { Bearer } from "./address.ts";
import { bearerFields } from "./layout.ts";

/** Fields that a form carries unseen. */
export type Hidden = Readonly<Record<string, string>>;

/** Hidden fields with the bearer's own. */
export function hiddenFields(bearer: Bearer, hidden: Hidden): Markup {
  return html`${bearerFields(bearer)}
  ${Object.entries(hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}`;
}

/** One button that posts hidden fields. */
export function buttonForm(
  bearer: Bearer,
  action: string,
  hidden: Hidden,
  label: string,
  look: "primary" | "secondary" = "secondary",
): Markup {
  return html`<form method="post" action="${action}">
    ${hiddenFields(bearer, hidden)}
    <button class="${look}" ${look === "primary" ? html`autofocus` : ""}>${label}</button>
  </form>`;
}

/**
 * The form of someone who waits for an answer from elsewhere. A script sends it as soon as `statusHref` says that there
 * is one; without a script the button does.
 */
export function waitingForm(
  bearer: Bearer,
  action: string,
  hidden: Hidden,
  label: string,
  statusHref: string,
): Markup {
  return html`<form method="post" action="${action}" data-wait="${statusHref}">
    ${hiddenFields(bearer, hidden)}
    <p class="waiting" role="status">Waiting for your answer…</p>
    <button class="primary" autofocus>${label}</button>
  </form>`;
}

/** The form that a script fills with the answer of a passkey or a security key. */
export function webauthnForm(
  bearer: Bearer,
  action: string,
  hidden: Hidden,
  ceremony: { readonly kind: "create" | "get"; readonly options: unknown },
  label: string,
): Markup {
  return html`<form
      method="post"
      action="${action}"
      data-webauthn="${ceremony.kind}"
      data-options="${JSON.stringify(ceremony.options)}"
    >
      ${hiddenFields(bearer, hidden)}
      <input type="hidden" name="credential" value="" />
      <p class="problem" role="alert" hidden data-failure>
        <strong>Error:</strong> Nothing was confirmed. Try again, or choose another way.
      </p>
      <button class="primary" disabled>${label}</button>
    </form>
    <noscript>
      <p class="problem">This way needs JavaScript, which is switched off. Choose another way.</p>
    </noscript>`;
}

/** A picture of a text for a phone's camera. */
export async function qrPicture(text: string, label: string): Promise<Markup> {
  const picture = await QRCode.toString(text, { type: "svg", margin: 2 });
  return html`<div class="qr" role="img" aria-label="${label}">${raw(picture)}</div>`;
}
