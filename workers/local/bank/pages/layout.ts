import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

/** A piece of escaped HTML; what is put into it as text is escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** The entries of the navigation. */
export type Section = "home" | "transfer" | "payees" | "settings";

const SECTIONS: readonly { readonly key: Section; readonly href: string; readonly label: string }[] = [
  { key: "home", href: "/", label: "Home" },
  { key: "transfer", href: "/transfer", label: "Transfer" },
  { key: "payees", href: "/payees", label: "Payees" },
  { key: "settings", href: "/settings", label: "Settings" },
];

/** The frame of every page. Pages for a signed-in customer name their section and the customer. */
export function page(options: {
  readonly title: string;
  readonly content: Html;
  readonly customer?: { readonly name: string; readonly section?: Section };
}): Html {
  const { customer } = options;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${options.title} · Harbour Bank</title>
        <link rel="icon" href="/assets/harbour.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/bank.css" />
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header>
          <div class="bar">
            <a class="brand" href="/"
              ><img src="/assets/harbour.svg" alt="" width="32" height="32" />Harbour Bank</a
            >
            ${customer === undefined ? "" : html`<span class="customer">${customer.name}</span>`}
          </div>
          ${customer === undefined ? "" : navigation(customer.section)}
        </header>
        <main id="main">${options.content}</main>
        <footer>Harbour Bank is a demo. No real money moves here.</footer>
      </body>
    </html>`;
}

function navigation(current: Section | undefined): Html {
  return html`<nav aria-label="Main">
    ${SECTIONS.map(
      ({ key, href, label }) =>
        html`<a href="${href}" ${key === current ? html`aria-current="page"` : ""}>${label}</a>`,
    )}
  </nav>`;
}

/** A page that says one thing: a refusal, a missing page. */
export function messagePage(title: string, text: string, customerName?: string): Html {
  const home = customerName === undefined ? "" : html`<p><a class="button" href="/">Back to home</a></p>`;
  const content = html`<section class="card message">
    <h1>${title}</h1>
    <p>${text}</p>
    ${home}
  </section>`;
  return page({
    title,
    content,
    ...(customerName === undefined ? {} : { customer: { name: customerName } }),
  });
}
