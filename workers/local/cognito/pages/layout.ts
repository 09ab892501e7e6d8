import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

/** A piece of escaped HTML; what is put into it as text is escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** One page of the stand-in. `wide` pages hold tables, the others one card. */
export function layout(
  title: string,
  content: Html,
  { lang = "en", wide = false }: { readonly lang?: string; readonly wide?: boolean } = {},
): Html {
  return html`<!doctype html>
    <html lang="${lang}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/assets/managed-login.css" />
      </head>
      <body ${wide ? html`class="wide"` : ""}>
        <main>${content}</main>
        <footer>
          A local stand-in for Amazon Cognito managed login. Use a demo user. Codes arrive in the
          <a href="/inbox">inbox</a>.
        </footer>
      </body>
    </html>`;
}

/** What was wrong, where a screen reader hears it. */
export function alert(error: string | undefined): Html | "" {
  return error === undefined ? "" : html`<p class="error" id="error" role="alert">${error}</p>`;
}

/** One labelled field. */
export function field(options: {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "password" | "email";
  readonly value?: string;
  readonly autocomplete: string;
  readonly isFocused?: boolean;
  readonly isInvalid?: boolean;
  readonly isNumeric?: boolean;
  readonly hint?: string;
}): Html {
  const { name, label, type = "text", value = "", autocomplete, hint } = options;
  return html`<label for="${name}">${label}</label>
    ${hint === undefined ? "" : html`<p class="hint" id="${name}-hint">${hint}</p>`}
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      value="${value}"
      autocomplete="${autocomplete}"
      autocapitalize="none"
      spellcheck="false"
      required
      ${options.isNumeric === true ? html`inputmode="numeric"` : ""}
      ${options.isFocused === true ? "autofocus" : ""}
      ${options.isInvalid === true ? html`aria-invalid="true" aria-describedby="error"` : hint === undefined ? "" : html`aria-describedby="${name}-hint"`}
    />`;
}
