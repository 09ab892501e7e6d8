import { Hono } from "hono";
import { confirmForgotPassword, confirmSignUp, forgotPassword } from "../accounts/confirm.ts";
import { register } from "../accounts/register.ts";
import { newCredential } from "../credential.ts";
import {
  changePasswordPage,
  confirmPage,
  forgotPasswordPage,
  resetPasswordPage,
  signUpPage,
} from "../pages/account.ts";
import { passwordProblem } from "../password-policy.ts";
import type { Pool } from "../pool.ts";
import { checkPassword } from "../sign-in/password.ts";
import { signInBrowser } from "./browser-session.ts";
import { type FormPage, pageFor, showForm, takeForm } from "./form-page.ts";

/** Managed login's pages beside the sign-in form: sign-up, confirmation, forgotten and temporary passwords. */
export function accountRoutes(pool: Pool): Hono {
  const routes = new Hono();
  const pages: readonly (readonly [string, FormPage])[] = [
    ["/signup", signUp(pool)],
    ["/confirmUser", confirm(pool)],
    ["/forgotPassword", forgot(pool)],
    ["/confirmForgotPassword", reset(pool)],
    ["/changePassword", change(pool)],
  ];
  for (const [path, page] of pages) {
    routes.get(path, (c) => showForm(c, pool, page));
    routes.post(path, (c) => takeForm(c, pool, page));
  }
  return routes;
}

function signUp(pool: Pool): FormPage {
  return {
    view: signUpPage,
    submit: async (c, fields, request) => {
      const registered = await register(pool, request.client, {
        username: text(fields, "username").trim(),
        password: text(fields, "new_password"),
        attributes: { email: text(fields, "email").trim(), name: text(fields, "name") },
        validationData: undefined,
        clientMetadata: undefined,
      });
      if ("error" in registered) {
        return { error: registered.message };
      }
      const { user } = registered;
      return {
        location:
          user.status === "CONFIRMED"
            ? await signInBrowser(c, pool, user, request)
            : pageFor(c, "/confirmUser", user),
      };
    },
  };
}

function confirm(pool: Pool): FormPage {
  return {
    view: confirmPage,
    submit: async (c, fields, request) => {
      const confirmed = await confirmSignUp(pool, request.client, {
        username: text(fields, "username"),
        code: text(fields, "code"),
        clientMetadata: undefined,
      });
      // The code shows the address, not the person: they sign in with their password next.
      return "error" in confirmed
        ? { error: confirmed.message }
        : { location: `/login${new URL(c.req.url).search}` };
    },
  };
}

function forgot(pool: Pool): FormPage {
  return {
    view: forgotPasswordPage,
    submit: (c, fields, request) => {
      const username = text(fields, "username");
      const sent = forgotPassword(pool, request.client, username);
      return Promise.resolve(
        "error" in sent
          ? { error: sent.message }
          : { location: pageFor(c, "/confirmForgotPassword", { username }) },
      );
    },
  };
}

function reset(pool: Pool): FormPage {
  return {
    view: resetPasswordPage,
    submit: async (c, fields, request) => {
      const user = await confirmForgotPassword(pool, request.client, {
        username: text(fields, "username"),
        code: text(fields, "code"),
        password: text(fields, "new_password"),
        clientMetadata: undefined,
      });
      return "error" in user ? { error: user.message } : { location: `/login${new URL(c.req.url).search}` };
    },
  };
}

function change(pool: Pool): FormPage {
  return {
    view: changePasswordPage,
    submit: async (c, fields, request) => {
      const user = checkPassword(
        pool,
        pool.store.findUser(text(fields, "username")),
        text(fields, "password"),
      );
      if ("error" in user) {
        return { error: user.message };
      }
      const weakness = passwordProblem(text(fields, "new_password"));
      if (weakness !== undefined) {
        return { error: weakness };
      }
      user.credential = newCredential(pool.userPoolId, user.username, text(fields, "new_password"));
      user.status = "CONFIRMED";
      user.modifiedAtMs = pool.now();
      return { location: await signInBrowser(c, pool, user, request) };
    },
  };
}

function text(fields: URLSearchParams, name: string): string {
  return fields.get(name) ?? "";
}
