import { ERROR_CODES } from "../http/codes.ts";
import { html, type Html } from "../http/html.ts";
import type { Page } from "../http/page.ts";
import type { Look } from "./look.ts";
import { LANGUAGES, messagesOf, type Language, type SignInProblem } from "./messages.ts";

/** Where the sign-in pages are, and where their forms go. */
export const SIGN_IN_PATH = "/.sallyport/sign-in";
export const SIGN_IN_STYLE_PATH = "/.sallyport/sign-in.css";

/** What every sign-in page is made with. */
export interface SignInPage {
  readonly look: Look;
  readonly language: Language;
  readonly returnTo: string;
  readonly requestId: string;
  readonly problem: SignInProblem | undefined;
}

/** The form: a name, and with it a password where the configuration says so. */
export function signInPage(
  page: SignInPage & {
    /** Names the sealed state that the form belongs to. */
    readonly state: string;
    readonly asksForPassword: boolean;
    readonly username: string;
  },
): Page {
  const { language, look, problem } = page;
  const text = messagesOf(language);
  const isWrong = problem === "credentials_refused";
  const marks = isWrong ? html` aria-invalid="true" aria-describedby="problem"` : undefined;
  return {
    ...frame(page),
    title: text.title(look.name),
    body: html`${alert(page)}
      <form method="post" action="${SIGN_IN_PATH}">
        <input type="hidden" name="state" value="${page.state}" />
        <input type="hidden" name="lang" value="${language}" />
        <div class="field">
          <label for="username">${text.username}</label>
          <input
            id="username"
            name="username"
            value="${page.username}"
            autocomplete="username"
            autocapitalize="none"
            spellcheck="false"
            maxlength="128"
            required${marks}
          />
        </div>
        ${
          page.asksForPassword
            ? html`<div class="field">
                <label for="password">${text.password}</label>
                <input
                  id="password"
                  name="password"
                  type="password"
                  autocomplete="current-password"
                  maxlength="256"
                  required${marks}
                />
              </div>`
            : html`<p class="soft">${text.whatNext}</p>`
        }
        <div class="actions"><button>${page.asksForPassword ? text.submit : text.continue}</button></div>
      </form>
      ${languageLinks(page)}`,
  };
}

/** The address of the form, with the way back and what went wrong. */
export function signInUrl(to: {
  readonly returnTo: string;
  readonly language?: Language;
  readonly problem?: SignInProblem | undefined;
}): string {
  const query = new URLSearchParams({
    return_to: to.returnTo,
    ...(to.language === undefined ? {} : { lang: to.language }),
    ...(to.problem === undefined ? {} : { problem: to.problem }),
  });
  return `${SIGN_IN_PATH}?${query.toString()}`;
}

function frame({ look, language, problem }: SignInPage) {
  return {
    language,
    styleSheet: SIGN_IN_STYLE_PATH,
    footer: messagesOf(language).protectedBy,
    ...(look.logo === undefined ? {} : { logo: { source: look.logo, text: look.name ?? "" } }),
    ...(problem === undefined ? {} : { status: ERROR_CODES[problem].status }),
  };
}

function alert({ problem, language, requestId }: SignInPage): Html | undefined {
  if (problem === undefined) {
    return undefined;
  }
  const text = messagesOf(language);
  return html`<div class="alert" role="alert" id="problem">
    <p>${text.problems[problem]}</p>
    <p>${text.reference(problem, requestId)}</p>
  </div>`;
}

function languageLinks({ language, returnTo }: SignInPage): Html {
  const items = LANGUAGES.map((one) => {
    const name = messagesOf(one).language;
    return one === language
      ? html`<li><span lang="${one}" aria-current="true">${name}</span></li>`
      : html`<li>
          <a lang="${one}" hreflang="${one}" href="${signInUrl({ returnTo, language: one })}">${name}</a>
        </li>`;
  });
  return html`<nav aria-label="${messagesOf(language).languages}">
    <ul class="languages">
      ${items}
    </ul>
  </nav>`;
}
