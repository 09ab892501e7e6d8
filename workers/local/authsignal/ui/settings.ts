import { Hono } from "hono";
import type { Context as HonoContext } from "hono";
import { html } from "hono/html";
import type { Context } from "../context.ts";
import type { Authenticator } from "../model.ts";
import { seeOther } from "../page.ts";
import type { Markup } from "../page.ts";
import { methodName } from "../words.ts";
import { uiHref } from "./address.ts";
import { leave } from "./finish.ts";
import { formFields, queryFields } from "./form.ts";
import { bearerFields, card, maskedAddress } from "./layout.ts";
import { buttonForm, hiddenFields, webauthnForm } from "./parts.ts";
import { beginRegistration } from "../webauthn.ts";
import { slugOf } from "./slugs.ts";
import { turnAway } from "./turn-away.ts";
import { arrive } from "./visit.ts";
import type { Fields, Visit } from "./visit.ts";

/** The settings (`redirectToSettings`) and the offer of a passkey after a success (reference 5.1). */
export function settingsUi(context: Context): Hono {
  const { store, webhooks } = context;
  const ui = new Hono();

  ui.get("/challenge/settings", async (c) => {
    const visit = await admitted(queryFields(c));
    return visit instanceof Response ? visit : settingsPage(visit, c);
  });

  ui.get("/challenge/settings/remove", async (c) => {
    const fields = queryFields(c);
    const visit = await admitted(fields);
    if (visit instanceof Response) {
      return visit;
    }
    const one = find(visit, fields);
    return one === undefined || !visit.mayRemove
      ? seeOther(uiHref("/challenge/settings", visit))
      : removePage(visit, one);
  });

  ui.post("/challenge/settings/remove", async (c) => {
    const fields = await formFields(c);
    const visit = await admitted(fields);
    if (visit instanceof Response) {
      return visit;
    }
    const one = find(visit, fields);
    if (one === undefined || !visit.mayRemove) {
      return seeOther(uiHref("/challenge/settings", visit));
    }
    const removed = store.removeAuthenticator(visit.user.userId, one.userAuthenticatorId);
    if (removed !== undefined) {
      webhooks.authenticatorEvent("authenticator.deleted", removed);
    }
    return seeOther(uiHref("/challenge/settings", visit, { done: "removed" }));
  });

  ui.get("/challenge/offer", async (c) => {
    const arrival = await arrive(context, queryFields(c));
    if (arrival.kind !== "visit") {
      return turnAway(arrival);
    }
    const { visit } = arrival;
    const isOffered = visit.action.promptToEnrollVerificationMethods?.includes("PASSKEY") === true;
    return isOffered && visit.action.state === "CHALLENGE_SUCCEEDED"
      ? offerPage(visit)
      : seeOther(uiHref("/challenge", visit));
  });

  ui.post("/challenge/offer/skip", async (c) => {
    const arrival = await arrive(context, await formFields(c));
    if (arrival.kind !== "visit") {
      return turnAway(arrival);
    }
    const { visit } = arrival;
    return visit.action.redirectToSettings === true
      ? seeOther(uiHref("/challenge/settings", visit))
      : leave(visit, visit.token);
  });

  return ui;

  /** Someone who may see the settings, or where they go instead. */
  async function admitted(fields: Fields): Promise<Visit | Response> {
    const arrival = await arrive(context, fields);
    if (arrival.kind !== "visit") {
      return turnAway(arrival);
    }
    const { visit } = arrival;
    const isOpen = visit.action.state === "ALLOW" || visit.action.state === "CHALLENGE_SUCCEEDED";
    return isOpen && visit.action.redirectToSettings === true && visit.mayRead
      ? visit
      : seeOther(uiHref("/challenge", visit));
  }

  async function offerPage(visit: Visit): Promise<Response> {
    const { options } = await beginRegistration(context, visit.action, visit.user, "PASSKEY");
    return card({
      title: "Add a passkey?",
      popup: visit.popup,
      content: html`<p>
          You’re verified. With a passkey you confirm faster next time: with your fingerprint, your face or
          the screen lock of your device.
        </p>
        ${webauthnForm(visit, "/challenge/enrol/webauthn", { method: slugOf("PASSKEY") }, { kind: "create", options }, "Create a passkey")}
        ${buttonForm(visit, "/challenge/offer/skip", {}, "Not now")}`,
    });
  }
}

function settingsPage(visit: Visit, c: HonoContext): Promise<Response> {
  const { authenticators } = visit;
  return card({
    title: "How you confirm",
    popup: visit.popup,
    notice: c.req.query("done") === "removed" ? "It was removed." : undefined,
    content: html`${
        authenticators.length === 0
          ? html`<p class="hint">You have no way to confirm yet.</p>`
          : html`<ul class="methods">
              ${authenticators.map((one) => authenticatorRow(visit, one))}
            </ul>`
      }
      ${
        visit.mayAdd
          ? html`<p>
              <a class="button" href="${uiHref("/challenge", visit, { enrol: "choose" })}">Add another way</a>
            </p>`
          : ""
      }
      <form method="post" action="/challenge/leave">
        ${bearerFields(visit)}<button class="primary">Done</button>
      </form>`,
  });
}

function authenticatorRow(visit: Visit, one: Authenticator): Markup {
  const name = methodName(one.verificationMethod);
  const address = one.email === undefined && one.phoneNumber === undefined ? undefined : maskedAddress(one);
  const id = one.userAuthenticatorId;
  return html`<li>
    <div>
      <strong>${name}</strong>
      <span>${address ?? `Since ${new Date(one.createdAt).toLocaleDateString("en-GB")}`}</span>
    </div>
    ${
      visit.mayRemove
        ? html`<a
            class="button small"
            href="${uiHref("/challenge/settings/remove", visit, { authenticator: id })}"
            >Remove<span class="visually-hidden"> ${name} ${address ?? ""}</span></a
          >`
        : ""
    }
  </li>`;
}

function removePage(visit: Visit, one: Authenticator): Promise<Response> {
  const isLast = visit.authenticators.length === 1;
  return card({
    title: "Remove this way to confirm?",
    popup: visit.popup,
    content: html`<p>
        <strong>${methodName(one.verificationMethod)}</strong>
        ${one.email === undefined && one.phoneNumber === undefined ? "" : maskedAddress(one)}
      </p>
      ${isLast ? html`<p>It is the only one you have.</p>` : ""}
      <form method="post" action="/challenge/settings/remove">
        ${hiddenFields(visit, { authenticator: one.userAuthenticatorId })}<button class="danger">
          Remove
        </button>
      </form>
      <p><a class="button" href="${uiHref("/challenge/settings", visit)}">Keep it</a></p>`,
  });
}

function find({ authenticators }: Visit, fields: Fields): Authenticator | undefined {
  return authenticators.find((one) => one.userAuthenticatorId === fields.get("authenticator"));
}
