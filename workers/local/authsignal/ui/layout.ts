import { html } from "hono/html";
import type { Authenticator, TrackedAction, User } from "../model.ts";
import { page } from "../page.ts";
import type { Markup } from "../page.ts";
import { humanName, humanValue, maskedEmail, maskedPhone, userName } from "../words.ts";
import type { Bearer } from "./address.ts";
import type { Popup } from "./visit.ts";

const MAX_DETAILS = 6;

/** What the page tells the page around it in popup mode (reference 5.2). */
export type PopupMessage =
  | { readonly event: "AUTHSIGNAL_CLOSE_POPUP"; readonly token: string }
  | { readonly event: "AUTHSIGNAL_API_ERROR"; readonly errorCode: string; readonly statusCode: number };

export interface CardOptions {
  readonly title: string;
  readonly content: Markup;
  readonly status?: number;
  readonly problem?: string | undefined;
  /** A sentence about what was just done. */
  readonly notice?: string | undefined;
  readonly popup?: Popup;
  readonly message?: PopupMessage | undefined;
}

/** The one shape of every page a challenged person sees. */
export function card(options: CardOptions): Promise<Response> {
  const { title, content, status, problem, notice, message, popup } = options;
  return page({
    title: `${problem === undefined ? "" : "Error: "}${title} · Authsignal (local)`,
    kind: "challenge",
    ...(status === undefined ? {} : { status }),
    head: html`<script src="/assets/challenge.js" type="module"></script>`,
    ...(popup === undefined
      ? {}
      : {
          popup,
          bodyAttributes: html`data-popup-origins="${popup.origins?.join(" ") ?? "*"}"
          data-popup-message="${message === undefined ? "" : JSON.stringify(message)}"`,
        }),
    body: html`<main class="card">
      <p class="brand">${brandMark()} Authsignal <span class="tag">local stand-in</span></p>
      <h1>${title}</h1>
      ${
        problem === undefined
          ? ""
          : html`<p class="problem" role="alert" id="problem"><strong>Error:</strong> ${problem}</p>`
      }
      ${notice === undefined ? "" : html`<p class="notice" role="status">${notice}</p>`} ${content}
    </main>`,
  });
}

/** What the person is about to approve, in the app's own data. */
export function purpose(action: Pick<TrackedAction, "actionCode" | "custom" | "userId">, user: User): Markup {
  const details = Object.entries(action.custom).slice(0, MAX_DETAILS);
  return html`<dl class="purpose">
    <div class="lead">
      <dt>Action</dt>
      <dd>${humanName(action.actionCode)}</dd>
    </div>
    ${details.map(
      ([name, value]) =>
        html`<div>
          <dt>${humanName(name)}</dt>
          <dd>${humanValue(value)}</dd>
        </div>`,
    )}
    <div>
      <dt>Account</dt>
      <dd>${userName(user, action.userId)}</dd>
    </div>
  </dl>`;
}

/** What every form of the UI carries. */
export function bearerFields({ token, popup }: Bearer): Markup {
  return html`<input type="hidden" name="token" value="${token}" />
    ${popup === undefined ? "" : html`<input type="hidden" name="mode" value="popup" />`}`;
}

/** The form that leaves without approving. */
export function cancelForm(bearer: Bearer, label = "Cancel"): Markup {
  return html`<form method="post" action="/challenge/leave" class="leave">
    ${bearerFields(bearer)}<button class="quiet">${label}</button>
  </form>`;
}

/** The field for a one-time code. `problem` ties the message above to it for screen readers. */
export function codeField(problem: string | undefined, hint: string): Markup {
  return html`<label for="code">Code</label>
    <p class="hint" id="code-hint">${hint}</p>
    <input
      class="code"
      id="code"
      name="code"
      type="text"
      inputmode="numeric"
      autocomplete="one-time-code"
      maxlength="12"
      required
      autofocus
      aria-describedby="${problem === undefined ? "code-hint" : "problem code-hint"}"
      ${problem === undefined ? "" : html`aria-invalid="true"`}
    />`;
}

/** Where messages to an authenticator go, as far as the person needs to see. */
export function maskedAddress({ email, phoneNumber }: Pick<Authenticator, "email" | "phoneNumber">): string {
  return email === undefined ? maskedPhone(phoneNumber ?? "") : maskedEmail(email);
}

/** A quiet link for people who try the local world: nobody has a mailbox at example.com. */
export function localHelp(href: string, label: string): Markup {
  return html`<p class="local-help"><a href="${href}" target="_blank" rel="noreferrer">${label}</a></p>`;
}

/** The small shield beside the name. */
export function brandMark(): Markup {
  return html`<svg class="mark" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
    <path d="M12 2 4 5v6c0 5 3.4 9.4 8 11 4.6-1.6 8-6 8-11V5z" />
    <path class="tick" d="m8 12 3 3 5-6" />
  </svg>`;
}
