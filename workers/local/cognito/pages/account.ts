import { html } from "hono/html";
import type { FormView } from "../domain/form-page.ts";
import { alert, field, type Html, layout } from "./layout.ts";

const PASSWORD_HINT = "At least 8 characters, with an upper and a lower case letter, a number and a symbol.";

/** Managed login's sign-up form. */
export function signUpPage(view: FormView): Html {
  const { typed } = view;
  return formPage(view, "/signup", "Create an account", "Choose a name and a password.", "Create account", [
    field({
      name: "username",
      label: "Username",
      value: typed.get("username") ?? "",
      autocomplete: "username",
      isFocused: true,
    }),
    field({
      name: "email",
      label: "E-mail",
      type: "email",
      value: typed.get("email") ?? "",
      autocomplete: "email",
    }),
    field({ name: "name", label: "Your name", value: typed.get("name") ?? "", autocomplete: "name" }),
    newPassword(),
  ]);
}

/** The form that takes the code of a sign-up. */
export function confirmPage(view: FormView): Html {
  const lead = "We sent a code to your e-mail address. It is in the inbox of this stand-in.";
  return formPage(view, "/confirmUser", "Confirm your account", lead, "Confirm", [
    username(view, false),
    code(true),
  ]);
}

/** The form that asks for a code to set a new password. */
export function forgotPasswordPage(view: FormView): Html {
  const lead = "We send a code to your e-mail address.";
  return formPage(view, "/forgotPassword", "Forgot your password?", lead, "Send code", [
    username(view, true),
  ]);
}

/** The form that takes that code and the new password. */
export function resetPasswordPage(view: FormView): Html {
  const lead = "If there is such an account, a code was sent to its e-mail address.";
  return formPage(view, "/confirmForgotPassword", "Set a new password", lead, "Set password", [
    username(view, false),
    code(true),
    newPassword(),
  ]);
}

/** The form for a user whose password is temporary. */
export function changePasswordPage(view: FormView): Html {
  const lead = "Your password is temporary. Choose one of your own.";
  return formPage(view, "/changePassword", "Change your password", lead, "Change password", [
    username(view, false),
    field({
      name: "password",
      label: "Temporary password",
      type: "password",
      autocomplete: "current-password",
      isFocused: true,
    }),
    newPassword(),
  ]);
}

/** The page of an external provider, as far as the stand-in plays it: who is signing in there. */
export function federatePage(view: FormView, provider: string): Html {
  const lead = `${provider} asks who you are. Whatever you say here is believed.`;
  return formPage(view, "/federate", `Sign in with ${provider}`, lead, `Continue as this ${provider} user`, [
    field({
      name: "email",
      label: "E-mail",
      type: "email",
      value: view.typed.get("email") ?? "",
      autocomplete: "email",
      isFocused: true,
    }),
    field({ name: "name", label: "Name", value: view.typed.get("name") ?? "", autocomplete: "name" }),
  ]);
}

function formPage(
  { search, csrfToken, language, error }: FormView,
  path: string,
  title: string,
  lead: string,
  submit: string,
  fields: readonly Html[],
): Html {
  return layout(
    title,
    html`<h1>${title}</h1>
      <p class="lead">${lead}</p>
      ${alert(error)}
      <form method="post" action="${path}${search}">
        <input type="hidden" name="_csrf" value="${csrfToken}" />
        ${fields}
        <button type="submit">${submit}</button>
      </form>
      <p class="links"><a href="/login${search}">${language.signIn}</a></p>`,
  );
}

function username({ typed }: FormView, isFocused: boolean): Html {
  const value = typed.get("username") ?? "";
  return field({ name: "username", label: "Username", value, autocomplete: "username", isFocused });
}

function code(isFocused: boolean): Html {
  return field({ name: "code", label: "Code", autocomplete: "one-time-code", isNumeric: true, isFocused });
}

function newPassword(): Html {
  return field({
    name: "new_password",
    label: "New password",
    type: "password",
    autocomplete: "new-password",
    hint: PASSWORD_HINT,
  });
}
