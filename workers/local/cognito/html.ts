import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

/** A piece of escaped HTML; what is put into it as text is escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** What the error page can be about. */
export type PageError =
  | "invalid_client"
  | "redirect_mismatch"
  | "logout_mismatch"
  | "logout_incomplete"
  | "not_found";

const PAGE_ERRORS: Readonly<Record<PageError, string>> = {
  invalid_client: "The app that sent you here is not registered. Its client id is missing or unknown.",
  redirect_mismatch: "The address to return to is missing, or is not one that the app has registered.",
  logout_mismatch: "The address to go to after signing out is not one that the app has registered.",
  logout_incomplete: "The app did not say where to go after signing out.",
  not_found: "There is nothing at this address.",
};

/** The sign-in form of managed login. */
export function loginPage(options: {
  readonly action: string;
  readonly csrfToken: string;
  readonly username: string;
  readonly error?: string;
}): Html {
  const { username, error } = options;
  const invalid = error === undefined ? "" : html`aria-invalid="true" aria-describedby="error"`;
  const focusPassword = username !== "";
  return page(
    "Sign in",
    html`<h1>Sign in</h1>
      <p class="lead">Sign in to your account.</p>
      ${error === undefined ? "" : html`<p class="error" id="error" role="alert">${error}</p>`}
      <form method="post" action="${options.action}">
        <input type="hidden" name="_csrf" value="${options.csrfToken}" />
        <label for="username">Username</label>
        <input
          id="username"
          name="username"
          value="${username}"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          required
          ${focusPassword ? "" : "autofocus"}
          ${invalid}
        />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          ${focusPassword ? "autofocus" : ""}
          ${invalid}
        />
        <button type="submit">Sign in</button>
      </form>`,
  );
}

/** Managed login's own error page, for requests that must not be sent on. */
export function errorPage(error: PageError): Html {
  return page(
    "An error was encountered",
    html`<h1>An error was encountered</h1>
      <p class="lead">${PAGE_ERRORS[error]}</p>
      <p class="code"><code>${error}</code></p>`,
  );
}

function page(title: string, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/assets/managed-login.css" />
      </head>
      <body>
        <main>${content}</main>
        <footer>A local stand-in for Amazon Cognito managed login. Use a demo user.</footer>
      </body>
    </html>`;
}
