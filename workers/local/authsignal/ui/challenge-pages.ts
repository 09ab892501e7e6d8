import { html } from "hono/html";
import type { Authenticator, TrackedAction } from "../model.ts";
import type { Markup } from "../page.ts";
import { humanName, maskedEmail, methodName } from "../words.ts";
import { cancelForm, card, codeField, localHelp, purpose } from "./layout.ts";
import type { Visit } from "./visit.ts";

const TITLE = "Confirm it’s you";

/** The choice among the authenticators that count. */
export function choosePage({ token, action, user, usable }: Visit): Promise<Response> {
  return card({
    title: TITLE,
    content: html`${purpose(action, user)}
      <h2 id="choose">How would you like to confirm?</h2>
      <ul class="choices" aria-labelledby="choose">
        ${usable.map(
          (one) =>
            html`<li>
              <a href="${challengeHref(token, one.userAuthenticatorId)}">
                <strong>${methodName(one.verificationMethod)}</strong>
                <span>${describe(one)}</span>
              </a>
            </li>`,
        )}
      </ul>
      ${cancelForm(token)}`,
  });
}

/** Before an e-mail code is sent. A page that is only looked at sends nothing. */
export function sendPage(visit: Visit, authenticator: Authenticator, problem?: string): Promise<Response> {
  const { token, action, user } = visit;
  return card({
    title: TITLE,
    problem,
    content: html`${purpose(action, user)}
      <p>We will send a code to <strong>${maskedEmail(authenticator.email ?? "")}</strong>.</p>
      ${sendForm(token, authenticator, "Send code", true)} ${otherWay(visit)} ${cancelForm(token)}`,
  });
}

/** After it was sent: the code is typed here. */
export function emailCodePage(
  visit: Visit,
  authenticator: Authenticator,
  problem: string | undefined,
  isJustSent: boolean,
): Promise<Response> {
  const { token, action, user } = visit;
  const email = authenticator.email ?? "";
  return card({
    title: TITLE,
    problem,
    notice: isJustSent ? "We have sent you a code." : undefined,
    content: html`${purpose(action, user)}
    ${verifyForm(token, authenticator, problem, `Enter the 6 digits we sent to ${maskedEmail(email)}.`)}
    ${sendForm(token, authenticator, "Send a new code", false)} ${otherWay(visit)} ${cancelForm(token)}
    ${localHelp(`/inbox?to=${encodeURIComponent(email)}`, "Open the inbox of the local world")}`,
  });
}

/** The code of an authenticator app is typed here. */
export function appCodePage(visit: Visit, authenticator: Authenticator, problem?: string): Promise<Response> {
  const { token, action, user } = visit;
  return card({
    title: TITLE,
    problem,
    content: html`${purpose(action, user)}
    ${verifyForm(token, authenticator, problem, "Enter the 6 digits that your authenticator app shows.")}
    ${otherWay(visit)} ${cancelForm(token)}
    ${localHelp("/dashboard/users", "Open the authenticator apps of the local world")}`,
  });
}

/** The user is enrolled, but in nothing that the deciding rule accepts. */
export function noUsableMethodPage({ token, action, user }: Visit): Promise<Response> {
  const wanted = action.allowedVerificationMethods.map(methodName).join(" or ");
  return card({
    title: "You can’t confirm this yet",
    content: html`${purpose(action, user)}
      <p>This needs ${wanted}, and your account has no such method.</p>
      ${cancelForm(token, "Go back")}`,
  });
}

/** Nothing is asked in this state; the person can only go on. */
export function settledPage({ token, action, user }: Visit): Promise<Response> {
  const { title, text } = settledWords(action);
  return card({
    title,
    content: html`${purpose(action, user)}
      <p>${text}</p>
      ${
        action.redirectUrl === undefined
          ? html`<p class="hint">You can close this window.</p>`
          : html`<form method="post" action="/challenge/leave">
              <input type="hidden" name="token" value="${token}" /><button class="primary" autofocus>
                Continue
              </button>
            </form>`
      }`,
  });
}

/** For a token whose time has passed. The way back carries it, so that the app can tell. */
export function expiredPage(action: TrackedAction, back: string | undefined): Promise<Response> {
  return card({
    title: "This page has expired",
    status: 410,
    content: html`<p>
        The time to confirm <strong>${humanName(action.actionCode)}</strong> has passed. Nothing was approved.
        Go back and start again.
      </p>
      ${back === undefined ? "" : html`<p><a class="button primary" href="${back}" rel="noreferrer">Go back</a></p>`}`,
  });
}

/** After leaving, when the app named no place to go back to. */
export function leftPage(): Promise<Response> {
  return card({ title: "You can close this window", content: html`<p>Go back to the app to continue.</p>` });
}

/** For a token that was never issued, or whose action is forgotten. */
export function unknownPage(): Promise<Response> {
  return card({
    title: "This link does not work",
    status: 400,
    content: html`<p>
      It is incomplete or was made for something that no longer exists. Go back to the app and start again.
    </p>`,
  });
}

/** The address of the page for one authenticator. */
export function challengeHref(
  token: string,
  authenticatorId?: string,
  more: Record<string, string> = {},
): string {
  const query = new URLSearchParams({ token, ...more });
  if (authenticatorId !== undefined) {
    query.set("authenticator", authenticatorId);
  }
  return `/challenge?${query.toString()}`;
}

function verifyForm(
  token: string,
  authenticator: Authenticator,
  problem: string | undefined,
  hint: string,
): Markup {
  return html`<form method="post" action="/challenge/verify">
    <input type="hidden" name="token" value="${token}" />
    <input type="hidden" name="authenticator" value="${authenticator.userAuthenticatorId}" />
    ${codeField(problem, hint)}
    <button class="primary">Verify</button>
  </form>`;
}

function sendForm(token: string, authenticator: Authenticator, label: string, isPrimary: boolean): Markup {
  return html`<form method="post" action="/challenge/send">
    <input type="hidden" name="token" value="${token}" />
    <input type="hidden" name="authenticator" value="${authenticator.userAuthenticatorId}" />
    <button class="${isPrimary ? "primary" : "secondary"}" ${isPrimary ? html`autofocus` : ""}>
      ${label}
    </button>
  </form>`;
}

function otherWay({ token, usable }: Visit): Markup | string {
  return usable.length < 2
    ? ""
    : html`<p class="other-way">
        <a href="${challengeHref(token, undefined, { choose: "1" })}">Choose another way</a>
      </p>`;
}

function describe({ email }: Authenticator): string {
  return email === undefined ? "A code from the app on your phone" : `Sent to ${maskedEmail(email)}`;
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
    case "CHALLENGE_FAILED":
    case "REVIEW_FAILED":
      return { title: "This was not approved", text: "Go back and start again." };
    case "CHALLENGE_REQUIRED":
      return { title: TITLE, text: "" };
    default:
      return state satisfies never;
  }
}
