import { html } from "hono/html";
import { type Html, layout } from "./layout.ts";

/** What the error page can be about, and what it says. */
const PAGE_ERRORS = {
  invalid_client: "The app that sent you here is not registered. Its client id is missing or unknown.",
  redirect_mismatch: "The address to return to is missing, or is not one that the app has registered.",
  logout_mismatch: "The address to go to after signing out is not one that the app has registered.",
  logout_incomplete: "The app did not say where to go after signing out.",
  not_found: "There is nothing at this address.",
} as const;
export type PageError = keyof typeof PAGE_ERRORS;

/** Whether this names something that the error page can be about. */
export function isPageError(name: string): name is PageError {
  return Object.hasOwn(PAGE_ERRORS, name);
}

/** Managed login's own error page, for requests that must not be sent on. */
export function errorPage(error: PageError): Html {
  return layout(
    "An error was encountered",
    html`<h1>An error was encountered</h1>
      <p class="lead">${PAGE_ERRORS[error]}</p>
      <p class="code"><code>${error}</code></p>`,
  );
}
