import { html, raw } from "hono/html";
import * as QRCode from "qrcode";
import { maskedEmail } from "../words.ts";
import { cancelForm, card, codeField, localHelp, purpose } from "./layout.ts";
import type { Visit } from "./visit.ts";

const TITLE = "Set up verification";

/** Which page of the enrolment to show. */
export function enrolHref(
  token: string,
  method?: "email" | "app",
  more: Record<string, string> = {},
): string {
  const query = new URLSearchParams({ token, ...(method === undefined ? {} : { enrol: method }), ...more });
  return `/challenge?${query.toString()}`;
}

/** The first page: what it is for, and which way. */
export function enrolChoicePage({ token, action, user }: Visit): Promise<Response> {
  const allowed = action.allowedVerificationMethods;
  return card({
    title: TITLE,
    content: html`${purpose(action, user)}
      <p>
        Before you go on, choose how you will confirm that it is you. You will be asked when something
        important is at stake.
      </p>
      <h2 id="choose">Choose a method</h2>
      <ul class="choices" aria-labelledby="choose">
        ${
          allowed.includes("EMAIL_OTP")
            ? html`<li>
                <a href="${enrolHref(token, "email")}"
                  ><strong>E-mail code</strong><span>We send you six digits</span></a
                >
              </li>`
            : ""
        }
        ${
          allowed.includes("AUTHENTICATOR_APP")
            ? html`<li>
                <a href="${enrolHref(token, "app")}"
                  ><strong>Authenticator app</strong><span>An app on your phone shows six digits</span></a
                >
              </li>`
            : ""
        }
      </ul>
      ${cancelForm(token)}`,
  });
}

/** Where the address for codes is typed, with the known one filled in. */
export function enrolEmailPage(
  { token, user }: Visit,
  typed: string | undefined,
  problem?: string,
): Promise<Response> {
  return card({
    title: "Where should codes go?",
    problem,
    content: html`<form method="post" action="/challenge/enrol/send">
        <input type="hidden" name="token" value="${token}" />
        <label for="email">E-mail address</label>
        <input
          id="email"
          name="email"
          type="email"
          autocomplete="email"
          required
          autofocus
          value="${typed ?? user.email ?? ""}"
          ${problem === undefined ? "" : html`aria-invalid="true" aria-describedby="problem"`}
        />
        <button class="primary">Send code</button>
      </form>
      <p class="other-way"><a href="${enrolHref(token)}">Choose another way</a></p>
      ${cancelForm(token)}`,
  });
}

/** The code that proves the address. */
export function enrolEmailCodePage(
  { token }: Visit,
  email: string,
  problem: string | undefined,
  isJustSent: boolean,
): Promise<Response> {
  return card({
    title: "Check your e-mail",
    problem,
    notice: isJustSent ? "We have sent you a code." : undefined,
    content: html`<form method="post" action="/challenge/enrol/verify">
        <input type="hidden" name="token" value="${token}" />
        <input type="hidden" name="email" value="${email}" />
        ${codeField(problem, `Enter the 6 digits we sent to ${maskedEmail(email)}.`)}
        <button class="primary">Verify</button>
      </form>
      <form method="post" action="/challenge/enrol/send">
        <input type="hidden" name="token" value="${token}" />
        <input type="hidden" name="email" value="${email}" />
        <button class="secondary">Send a new code</button>
      </form>
      <p class="other-way"><a href="${enrolHref(token, "email")}">Use another address</a></p>
      ${cancelForm(token)}
      ${localHelp(`/inbox?to=${encodeURIComponent(email)}`, "Open the inbox of the local world")}`,
  });
}

/** The secret as a picture and as text, and the first code as proof that it arrived. */
export async function enrolAppPage(
  { token }: Visit,
  secret: string,
  uri: string,
  problem?: string,
): Promise<Response> {
  const picture = await QRCode.toString(uri, { type: "svg", margin: 2 });
  return card({
    title: "Set up your authenticator app",
    problem,
    content: html`<ol class="steps">
        <li>
          <p>Scan this with the app.</p>
          <div class="qr" role="img" aria-label="QR code with the key below">${raw(picture)}</div>
          <p class="hint">Or type this key into the app:</p>
          <p><code class="secret">${secret.match(/.{1,4}/g)?.join(" ") ?? secret}</code></p>
        </li>
        <li>
          <form method="post" action="/challenge/enrol/verify">
            <input type="hidden" name="token" value="${token}" />
            ${codeField(problem, "Enter the 6 digits that the app shows.")}
            <button class="primary">Verify</button>
          </form>
        </li>
      </ol>
      <p class="other-way"><a href="${enrolHref(token)}">Choose another way</a></p>
      ${cancelForm(token)}`,
  });
}
