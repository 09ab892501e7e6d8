import { html } from "hono/html";
import type { Approval } from "../approvals.ts";
import type { Authenticator, Method } from "../model.ts";
import type { Markup } from "../page.ts";
import { methodName } from "../words.ts";
import { uiHref } from "./address.ts";
import { cancelForm, card, codeField, localHelp, maskedAddress, purpose } from "./layout.ts";
import type { PopupMessage } from "./layout.ts";
import { buttonForm, hiddenFields, qrPicture, waitingForm, webauthnForm } from "./parts.ts";
import type { Visit } from "./visit.ts";

const TITLE = "Confirm it’s you";

/** What is said above the content. */
export interface Remarks {
  readonly problem?: string | undefined;
  readonly message?: PopupMessage | undefined;
  readonly isJustSent?: boolean;
}

/** The choice among the authenticators that count. */
export function choosePage(visit: Visit): Promise<Response> {
  return challengeCard(
    visit,
    {},
    html`<h2 id="choose">How would you like to confirm?</h2>
      <ul class="choices" aria-labelledby="choose">
        ${visit.usable.map(
          (one) =>
            html`<li>
              <a href="${uiHref("/challenge", visit, { authenticator: one.userAuthenticatorId })}">
                <strong>${methodName(one.verificationMethod)}</strong>
                <span>${describe(one)}</span>
              </a>
            </li>`,
        )}
      </ul>`,
  );
}

/** Before anything is sent. A page that is only looked at sends nothing. */
export function sendPage(visit: Visit, authenticator: Authenticator, remarks: Remarks): Promise<Response> {
  const { text, label } = sendWords(authenticator);
  return challengeCard(
    visit,
    remarks,
    html`<p>${text}</p>
      ${buttonForm(visit, "/challenge/send", { authenticator: authenticator.userAuthenticatorId }, label, "primary")}
      ${otherWay(visit)}`,
  );
}

/** After a code was sent: it is typed here. */
export function codePage(visit: Visit, authenticator: Authenticator, remarks: Remarks): Promise<Response> {
  const address = authenticator.email ?? authenticator.phoneNumber ?? "";
  return challengeCard(
    visit,
    remarks,
    html`${verifyForm(visit, authenticator, remarks.problem, `Enter the 6 digits we sent to ${maskedAddress(authenticator)}.`)}
    ${buttonForm(visit, "/challenge/send", { authenticator: authenticator.userAuthenticatorId }, "Send a new code")}
    ${otherWay(visit)}`,
    localHelp(`/inbox?to=${encodeURIComponent(address)}`, "Open the inbox of the local world"),
  );
}

/** The code of an authenticator app is typed here. */
export function appCodePage(visit: Visit, authenticator: Authenticator, remarks: Remarks): Promise<Response> {
  return challengeCard(
    visit,
    remarks,
    html`${verifyForm(visit, authenticator, remarks.problem, "Enter the 6 digits that your authenticator app shows.")}
    ${otherWay(visit)}`,
    localHelp("/dashboard/users", "Open the authenticator apps of the local world"),
  );
}

/** After a link was sent: the person opens it elsewhere and comes back. */
export function linkPage(visit: Visit, authenticator: Authenticator, remarks: Remarks): Promise<Response> {
  const { userAuthenticatorId, email } = authenticator;
  const waiting = { authenticator: userAuthenticatorId };
  return challengeCard(
    visit,
    remarks,
    html`<p>
        Open the link we sent to <strong>${maskedAddress(authenticator)}</strong>. It works for ten minutes.
      </p>
      ${waitingForm(visit, "/challenge/check", waiting, "I have opened it", uiHref("/challenge/status", visit, waiting))}
      ${buttonForm(visit, "/challenge/send", waiting, "Send a new link")} ${otherWay(visit)}`,
    localHelp(`/inbox?to=${encodeURIComponent(email ?? "")}`, "Open the inbox of the local world"),
  );
}

/** After a push was sent, or with a QR code: the person answers on the phone. */
export async function phonePage(
  visit: Visit,
  authenticator: Authenticator,
  approval: Approval,
  scanUrl: string,
  remarks: Remarks,
): Promise<Response> {
  const isQr = approval.method === "QR_CODE";
  const waiting = { authenticator: authenticator.userAuthenticatorId, approval: approval.challengeId };
  const statusHref = uiHref("/challenge/status", visit, waiting);
  const again = { authenticator: authenticator.userAuthenticatorId };
  return challengeCard(
    visit,
    remarks,
    html`${
      isQr
        ? html`<p>Scan this with your phone, then approve there.</p>
            ${await qrPicture(scanUrl, "QR code for your phone")}`
        : html`<p>We have sent a notification to your phone. Approve it there.</p>`
    }
    ${waitingForm(visit, "/challenge/check", waiting, "I have approved it", statusHref)}
    ${buttonForm(visit, "/challenge/send", again, isQr ? "Show a new code" : "Send it again")}
    ${otherWay(visit)}`,
    localHelp(`/phone/${encodeURIComponent(visit.user.userId)}`, "Open the phone of the local world"),
  );
}

/** A passkey or a security key. */
export function webauthnPage(
  visit: Visit,
  authenticator: Authenticator,
  options: unknown,
  remarks: Remarks,
): Promise<Response> {
  const isKey = authenticator.verificationMethod === "SECURITY_KEY";
  return challengeCard(
    visit,
    remarks,
    html`<p>
        ${isKey ? "Plug in your security key, or have it ready to tap." : "Use the fingerprint, face or screen lock of your device."}
      </p>
      ${webauthnForm(
        visit,
        "/challenge/webauthn",
        { authenticator: authenticator.userAuthenticatorId },
        { kind: "get", options },
        isKey ? "Use your security key" : "Use your passkey",
      )}
      ${otherWay(visit)}`,
  );
}

function challengeCard(visit: Visit, remarks: Remarks, content: Markup, help?: Markup): Promise<Response> {
  return card({
    title: TITLE,
    popup: visit.popup,
    problem: remarks.problem,
    message: remarks.message,
    notice: remarks.isJustSent === true && remarks.problem === undefined ? "It is on its way." : undefined,
    content: html`${purpose(visit.action, visit.user)} ${content} ${cancelForm(visit)} ${help ?? ""}`,
  });
}

function verifyForm(
  visit: Visit,
  authenticator: Authenticator,
  problem: string | undefined,
  hint: string,
): Markup {
  return html`<form method="post" action="/challenge/verify">
    ${hiddenFields(visit, { authenticator: authenticator.userAuthenticatorId })} ${codeField(problem, hint)}
    <button class="primary">Verify</button>
  </form>`;
}

function otherWay(visit: Visit): Markup | string {
  return visit.usable.length < 2
    ? ""
    : html`<p class="other-way">
        <a href="${uiHref("/challenge", visit, { choose: "1" })}">Choose another way</a>
      </p>`;
}

function sendWords(one: Authenticator): { text: Markup | string; label: string } {
  switch (one.verificationMethod) {
    case "PUSH":
      return { text: "We will send a notification to your phone.", label: "Send notification" };
    case "QR_CODE":
      return { text: "We will show a code for your phone to scan.", label: "Show the code" };
    case "EMAIL_MAGIC_LINK":
      return {
        text: html`We will send a link to <strong>${maskedAddress(one)}</strong>.`,
        label: "Send link",
      };
    default:
      return {
        text: html`We will send a code to <strong>${maskedAddress(one)}</strong>.`,
        label: "Send code",
      };
  }
}

const DESCRIPTIONS: Readonly<Partial<Record<Method, string>>> = {
  AUTHENTICATOR_APP: "A code from the app on your phone",
  PASSKEY: "Fingerprint, face or screen lock",
  SECURITY_KEY: "Plug it in or tap it",
  PUSH: "Approve on your phone",
  QR_CODE: "Scan a code with your phone",
};

function describe(one: Authenticator): string {
  return DESCRIPTIONS[one.verificationMethod] ?? `Sent to ${maskedAddress(one)}`;
}
