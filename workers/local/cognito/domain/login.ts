import { Hono } from "hono";
import { loginPage } from "../pages/login.ts";
import { languageOf } from "../pages/languages.ts";
import type { Pool } from "../pool.ts";
import { checkPassword } from "../sign-in/password.ts";
import { preAuthentication } from "../triggers/plain.ts";
import { WRONG_PASSWORD } from "../user-pool-api/errors.ts";
import { errorRedirect, readAuthorizeRequest } from "./authorize-request.ts";
import { answerFromSession, currentSession, satisfies, signInBrowser } from "./browser-session.ts";
import { type FormPage, pageFor, render, takeForm } from "./form-page.ts";
import { refused } from "./refused.ts";

/** `GET` and `POST /login`: the form of managed login, with the parameters of `/oauth2/authorize` in its address. */
export function loginRoutes(pool: Pool): Hono {
  const routes = new Hono();
  const page: FormPage = {
    view: (view, { isProviderNamed }) =>
      loginPage(view, {
        providers: isProviderNamed ? [] : [...pool.identityProviders.keys()],
        mayRegister: pool.settings.selfSignUp,
      }),
    submit: async (c, fields, request) => {
      const username = fields.get("username") ?? "";
      const user = pool.store.findUser(username);
      const { clientId } = request.client;
      const refusal = await preAuthentication(pool, {
        clientId,
        username,
        user,
        tellsNotFound: request.client.preventUserExistenceErrors === "ENABLED",
        validationData: undefined,
      });
      if (refusal !== undefined) {
        return { location: errorRedirect(request, "invalid_request", refusal.message) };
      }
      const checked = checkPassword(pool, user, fields.get("password") ?? "");
      if (!("error" in checked)) {
        return checked.status === "FORCE_CHANGE_PASSWORD"
          ? { location: pageFor(c, "/changePassword", checked) }
          : { location: await signInBrowser(c, pool, checked, request) };
      }
      if (checked.error === "UserNotConfirmedException" && user !== undefined) {
        return { location: pageFor(c, "/confirmUser", user) };
      }
      const isWrong = checked.message === WRONG_PASSWORD.message;
      return { error: isWrong ? languageOf(request.lang).wrongPassword : checked.message };
    },
  };

  routes.get("/login", async (c) => {
    const request = readAuthorizeRequest(pool, new URL(c.req.url).searchParams);
    if ("kind" in request) {
      return refused(c, request);
    }
    const session = currentSession(c, pool);
    if (session !== undefined && satisfies(session, request, pool)) {
      return c.redirect(await answerFromSession(pool, session, request));
    }
    return request.prompt.includes("none")
      ? c.redirect(errorRedirect(request, "login_required"))
      : render(c, page, request, new URLSearchParams({ username: request.loginHint }));
  });
  routes.post("/login", (c) => takeForm(c, pool, page));

  return routes;
}
