import { html } from "hono/html";
import type { Method, TrackedAction } from "../model.ts";
import { humanName, methodName } from "../words.ts";
import { uiHref } from "./address.ts";
import { bearerFields, cancelForm, card, purpose } from "./layout.ts";
import type { Arrival, Popup, Visit } from "./visit.ts";

/** The user is enrolled, but in nothing that the deciding rule accepts. */
export function noUsableMethodPage(visit: Visit): Promise<Response> {
  const wanted = visit.action.allowedVerificationMethods
    .map((method: Method) => methodName(method))
    .join(" or ");
  return card({
    title: "You can’t confirm this yet",
    popup: visit.popup,
    content: html`${purpose(visit.action, visit.user)}
      <p>This needs ${wanted}, and your account has no such method.</p>
      ${cancelForm(visit, "Go back")}`,
  });
}

/** Nothing is asked in this state; the person can only go on. */
export function settledPage(visit: Visit): Promise<Response> {
  const { action, user, popup } = visit;
  const { title, text } = settledWords(action);
  return card({
    title,
    popup,
    content: html`${purpose(action, user)}
      <p>${text}</p>
      ${
        action.redirectUrl === undefined && popup === undefined
          ? html`<p class="hint">You can close this window.</p>`
          : html`<form method="post" action="/challenge/leave">
              ${bearerFields(visit)}<button class="primary" autofocus>Continue</button>
            </form>`
      }`,
  });
}

/** For a token whose time has passed. The way back carries it, so that the app can tell. */
export function expiredPage(
  arrival: Extract<Arrival, { kind: "expired" }>,
  back: string | undefined,
): Promise<Response> {
  const { action, popup } = arrival;
  const href = popup === undefined ? back : uiHref("/challenge/done", arrival);
  return card({
    title: "This page has expired",
    status: 410,
    popup,
    message: { event: "AUTHSIGNAL_API_ERROR", errorCode: "expired_token", statusCode: 401 },
    content: html`<p>
        The time to confirm <strong>${humanName(action.actionCode)}</strong> has passed. Nothing was approved.
        Go back and start again.
      </p>
      ${href === undefined ? "" : html`<p><a class="button primary" href="${href}" rel="noreferrer">Go back</a></p>`}`,
  });
}

/** The end of a popup: its script hands the token over; without one the person closes it. */
export function donePage(popup: Popup, token: string): Promise<Response> {
  return card({
    title: "You can close this window",
    popup,
    message: { event: "AUTHSIGNAL_CLOSE_POPUP", token },
    content: html`<p>Go back to the app to continue.</p>`,
  });
}

/** For a token that was never issued, or whose action is forgotten. */
export function unknownPage(popup: Popup): Promise<Response> {
  return card({
    title: "This link does not work",
    status: 400,
    popup,
    message: { event: "AUTHSIGNAL_API_ERROR", errorCode: "unauthorized", statusCode: 401 },
    content: html`<p>
      It is incomplete or was made for something that no longer exists. Go back to the app and start again.
    </p>`,
  });
}

function settledWords({ state }: TrackedAction): { title: string; text: string } {
  switch (state) {
    case "ALLOW":
      return { title: "Nothing to confirm", text: "This was allowed without a check." };
    case "CHALLENGE_SUCCEEDED":
    case "REVIEW_SUCCEEDED":
      return { title: "You’re verified", text: "Thank you. You can go on." };
    case "BLOCK":
      return {
        title: "This is not possible",
        text: "This action was blocked. Contact support if you think that is wrong.",
      };
    case "REVIEW_REQUIRED":
      return {
        title: "This is being reviewed",
        text: "Someone will look at it. There is nothing for you to do now.",
      };
    case "CHALLENGE_REQUIRED":
      return { title: "Confirm it’s you", text: "" };
    case "CHALLENGE_FAILED":
    case "REVIEW_FAILED":
      return { title: "This was not approved", text: "Go back and start again." };
    default:
      return state satisfies never;
  }
}

/** After leaving, when the app named no place to go back to. */
export function leftPage(): Promise<Response> {
  return card({ title: "You can close this window", content: html`<p>Go back to the app to continue.</p>` });
}
