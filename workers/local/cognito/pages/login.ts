import { html } from "hono/html";
import type { FormView } from "../domain/form-page.ts";
import { alert, field, type Html, layout } from "./layout.ts";

/** The sign-in form of managed login. */
export function loginPage(
  { search, csrfToken, language, error, typed }: FormView,
  options: { readonly providers: readonly string[]; readonly mayRegister: boolean },
): Html {
  const username = typed.get("username") ?? "";
  const isInvalid = error !== undefined;
  return layout(
    language.signIn,
    html`<h1>${language.signIn}</h1>
      <p class="lead">${language.lead}</p>
      ${alert(error)} ${providerLinks(search, options.providers, language.or)}
      <form method="post" action="/login${search}">
        <input type="hidden" name="_csrf" value="${csrfToken}" />
        ${field({ name: "username", label: language.username, value: username, autocomplete: "username", isFocused: username === "", isInvalid })}
        ${field({ name: "password", label: language.password, type: "password", autocomplete: "current-password", isFocused: username !== "", isInvalid })}
        <button type="submit">${language.signIn}</button>
      </form>
      <p class="links">
        <a href="/forgotPassword${search}">${language.forgot}</a>
        ${options.mayRegister ? html`<a href="/signup${search}">${language.register}</a>` : ""}
      </p>`,
    { lang: language.lang },
  );
}

function providerLinks(search: string, providers: readonly string[], or: string): Html | "" {
  if (providers.length === 0) {
    return "";
  }
  const links = providers.map((name) => {
    const params = new URLSearchParams(search);
    params.set("identity_provider", name);
    return html`<a class="button" href="/oauth2/authorize?${params.toString()}">${name}</a>`;
  });
  return html`<div class="providers">${links}</div>
    <p class="or">${or}</p>`;
}
