import { html } from "hono/html";
import type { Method } from "../model.ts";
import type { Markup } from "../page.ts";
import { maskedEmail, maskedPhone, methodName } from "../words.ts";
import { uiHref } from "./address.ts";
import type { Remarks } from "./challenge-pages.ts";
import { cancelForm, card, codeField, localHelp, purpose } from "./layout.ts";
import { buttonForm, hiddenFields, qrPicture, waitingForm, webauthnForm } from "./parts.ts";
import { enrolmentText, slugOf } from "./slugs.ts";
import type { Visit } from "./visit.ts";

/** The methods to which something is sent, and where. */
export type AddressedMethod = Extract<Method, "EMAIL_OTP" | "EMAIL_MAGIC_LINK" | "SMS" | "WHATSAPP">;

/** The address of the page that enrols a method; without one, of the choice. */
export function enrolHref(
  visit: Visit,
  method?: Method,
  more: Readonly<Record<string, string | undefined>> = {},
): string {
  return uiHref("/challenge", visit, { enrol: method === undefined ? "choose" : slugOf(method), ...more });
}

/** The first page: what it is for, and which way. */
export function enrolChoicePage(visit: Visit): Promise<Response> {
  const isFirst = visit.authenticators.length === 0;
  return card({
    title: isInSettings(visit) ? "Add a way to confirm" : "Set up verification",
    popup: visit.popup,
    content: html`${isInSettings(visit) ? "" : purpose(visit.action, visit.user)}
      ${
        isFirst
          ? html`<p>
              Before you go on, choose how you will confirm that it is you. You will be asked when something
              important is at stake.
            </p>`
          : ""
      }
      <h2 id="choose">Choose a method</h2>
      <ul class="choices" aria-labelledby="choose">
        ${visit.addable.map(
          (method) =>
            html`<li>
              <a href="${enrolHref(visit, method)}"
                ><strong>${methodName(method)}</strong><span>${enrolmentText(method)}</span></a
              >
            </li>`,
        )}
      </ul>
      ${backOrCancel(visit)}`,
  });
}

/** Where the address is typed, with the known one filled in. */
export function addressPage(
  visit: Visit,
  method: AddressedMethod,
  typed: string | undefined,
  remarks: Remarks,
): Promise<Response> {
  const isPhone = method === "SMS" || method === "WHATSAPP";
  const known = isPhone ? visit.user.phoneNumber : visit.user.email;
  const label = isPhone ? "Phone number" : "E-mail address";
  return card({
    title: method === "EMAIL_MAGIC_LINK" ? "Where should links go?" : "Where should codes go?",
    popup: visit.popup,
    ...remarksOf(remarks),
    content: html`<form method="post" action="/challenge/enrol/send">
        ${hiddenFields(visit, { method: slugOf(method) })}
        <label for="address">${label}</label>
        <input
          id="address"
          name="${isPhone ? "phone" : "email"}"
          type="${isPhone ? "tel" : "email"}"
          autocomplete="${isPhone ? "tel" : "email"}"
          required
          autofocus
          value="${typed ?? known ?? ""}"
          ${remarks.problem === undefined ? "" : html`aria-invalid="true" aria-describedby="problem"`}
        />
        <button class="primary">${method === "EMAIL_MAGIC_LINK" ? "Send link" : "Send code"}</button>
      </form>
      ${otherWay(visit)} ${backOrCancel(visit)}`,
  });
}

/** The code that proves the address. */
export function enrolCodePage(
  visit: Visit,
  method: AddressedMethod,
  address: string,
  remarks: Remarks,
): Promise<Response> {
  const hidden = addressFields(method, address);
  return card({
    title: method === "EMAIL_OTP" ? "Check your e-mail" : "Check your phone",
    popup: visit.popup,
    ...remarksOf(remarks),
    content: html`<form method="post" action="/challenge/enrol/verify">
        ${hiddenFields(visit, hidden)}
        ${codeField(remarks.problem, `Enter the 6 digits we sent to ${masked(method, address)}.`)}
        <button class="primary">Verify</button>
      </form>
      ${buttonForm(visit, "/challenge/enrol/send", hidden, "Send a new code")}
      <p class="other-way"><a href="${enrolHref(visit, method)}">Use another address</a></p>
      ${backOrCancel(visit)} ${inboxHelp(address)}`,
  });
}

/** The link that proves the address. */
export function enrolLinkPage(visit: Visit, address: string, remarks: Remarks): Promise<Response> {
  const hidden = addressFields("EMAIL_MAGIC_LINK", address);
  return card({
    title: "Check your e-mail",
    popup: visit.popup,
    ...remarksOf(remarks),
    content: html`<p>
        Open the link we sent to <strong>${maskedEmail(address)}</strong>. It works for ten minutes.
      </p>
      ${waitingForm(visit, "/challenge/enrol/verify", hidden, "I have opened it", uiHref("/challenge/status", visit))}
      ${buttonForm(visit, "/challenge/enrol/send", hidden, "Send a new link")}
      <p class="other-way"><a href="${enrolHref(visit, "EMAIL_MAGIC_LINK")}">Use another address</a></p>
      ${backOrCancel(visit)} ${inboxHelp(address)}`,
  });
}

/** The secret as a picture and as text, and the first code as proof that it arrived. */
export async function enrolAppPage(
  visit: Visit,
  secret: string,
  uri: string,
  remarks: Remarks,
): Promise<Response> {
  return card({
    title: "Set up your authenticator app",
    popup: visit.popup,
    ...remarksOf(remarks),
    content: html`<ol class="steps">
        <li>
          <p>Scan this with the app.</p>
          ${await qrPicture(uri, "QR code with the key below")}
          <p class="hint">Or type this key into the app:</p>
          <p><code class="secret">${secret.match(/.{1,4}/g)?.join(" ") ?? secret}</code></p>
        </li>
        <li>
          <form method="post" action="/challenge/enrol/verify">
            ${hiddenFields(visit, { method: slugOf("AUTHENTICATOR_APP") })}
            ${codeField(remarks.problem, "Enter the 6 digits that the app shows.")}
            <button class="primary">Verify</button>
          </form>
        </li>
      </ol>
      ${otherWay(visit)} ${backOrCancel(visit)}`,
  });
}

/** A passkey or a security key is made. */
export function enrolWebauthnPage(
  visit: Visit,
  method: "PASSKEY" | "SECURITY_KEY",
  options: unknown,
  remarks: Remarks,
): Promise<Response> {
  const isKey = method === "SECURITY_KEY";
  return card({
    title: isKey ? "Set up your security key" : "Create a passkey",
    popup: visit.popup,
    ...remarksOf(remarks),
    content: html`<p>
        ${
          isKey
            ? "Have your security key ready to plug in or tap."
            : "Next time you confirm with your fingerprint, your face or the screen lock of your device."
        }
      </p>
      ${webauthnForm(
        visit,
        "/challenge/enrol/webauthn",
        { method: slugOf(method) },
        { kind: "create", options },
        isKey ? "Register the key" : "Create a passkey",
      )}
      ${otherWay(visit)} ${backOrCancel(visit)}`,
  });
}

/** A phone is set up: the person agrees there. */
export function enrolPhonePage(visit: Visit, method: "PUSH" | "QR_CODE", device: string): Promise<Response> {
  const hidden = { method: slugOf(method), device };
  const phone = `/phone/${encodeURIComponent(visit.user.userId)}`;
  return card({
    title: "Set up your phone",
    popup: visit.popup,
    content: html`<p>Open the app on your phone and agree to set it up. Then come back here.</p>
      ${waitingForm(visit, "/challenge/enrol/verify", hidden, "I have set it up", uiHref("/challenge/status", visit, { device }))}
      ${otherWay(visit)} ${backOrCancel(visit)} ${localHelp(phone, "Open the phone of the local world")}`,
  });
}

/** The fields that carry an address through the steps. */
export function addressFields(method: AddressedMethod, address: string): Record<string, string> {
  const name = method === "SMS" || method === "WHATSAPP" ? "phone" : "email";
  return { method: slugOf(method), [name]: address };
}

function remarksOf({ problem, message, isJustSent }: Remarks): {
  problem: string | undefined;
  message: Remarks["message"];
  notice: string | undefined;
} {
  const notice = isJustSent === true && problem === undefined ? "It is on its way." : undefined;
  return { problem, message, notice };
}

function masked(method: AddressedMethod, address: string): string {
  return method === "EMAIL_OTP" || method === "EMAIL_MAGIC_LINK"
    ? maskedEmail(address)
    : maskedPhone(address);
}

function otherWay(visit: Visit): Markup {
  return html`<p class="other-way"><a href="${enrolHref(visit)}">Choose another way</a></p>`;
}

/** Someone who came from the settings goes back there. */
function backOrCancel(visit: Visit): Markup {
  return isInSettings(visit)
    ? html`<p class="other-way">
        <a href="${uiHref("/challenge/settings", visit)}">Back to your settings</a>
      </p>`
    : cancelForm(visit);
}

function isInSettings({ action, authenticators }: Visit): boolean {
  return action.redirectToSettings === true && authenticators.length > 0;
}

function inboxHelp(address: string): Markup {
  return localHelp(`/inbox?to=${encodeURIComponent(address)}`, "Open the inbox of the local world");
}
