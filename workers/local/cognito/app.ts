import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { onError } from "../bank/on-error.ts";
import { controlApi } from "./control/api.ts";
import type { Controls } from "./control/controls.ts";
import { controlPage } from "./control/page.ts";
import { refuseOtherSites } from "./control/same-site.ts";
import { accountRoutes } from "./domain/account-pages.ts";
import { authorizeRoute } from "./domain/authorize.ts";
import { federateRoutes } from "./domain/federate.ts";
import { loginRoutes } from "./domain/login.ts";
import { logoutRoute } from "./domain/logout.ts";
import { publishedRoutes } from "./domain/published.ts";
import { revokeRoute } from "./domain/revoke.ts";
import { tokenRoute } from "./domain/token.ts";
import { userInfoRoute } from "./domain/user-info.ts";
import { errorPage, isPageError } from "./pages/error.ts";
import { inboxPage } from "./pages/inbox.ts";
import { MANAGED_LOGIN_CSS } from "./style.ts";
import { userPoolApi } from "./user-pool-api/dispatch.ts";

const BODY_LIMIT_BYTES = 128 * 1024;

/** No `form-action`: the sign-in form's answer redirects to the app, which that directive would stop. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'";

/** Everything the user pool serves on its one port: the domain's endpoints, the key set, the API, the controls. */
export function createCognitoApp(controls: Controls): Hono {
  const { pool } = controls;
  const app = new Hono();

  app.use(async (c, next) => {
    c.header("x-amz-cognito-request-id", randomUUID());
    await next();
    // A client that corrects its clock by ours sees the shifted one.
    c.header("Date", new Date(pool.now()).toUTCString());
    if (c.res.headers.get("Content-Type")?.startsWith("text/html") === true) {
      c.header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
      c.header("X-Content-Type-Options", "nosniff");
      c.header("Cache-Control", "no-store");
    }
  });
  app.use(
    bodyLimit({ maxSize: BODY_LIMIT_BYTES, onError: (c) => c.json({ error: "invalid_request" }, 413) }),
  );
  app.use("/oauth2/token", cors({ origin: "*", exposeHeaders: ["x-amz-cognito-request-id"] }));
  app.use("/control", refuseOtherSites);
  app.use("/control/*", refuseOtherSites);

  app.route("/", publishedRoutes(pool));
  app.route("/", authorizeRoute(pool));
  app.route("/", loginRoutes(pool));
  app.route("/", accountRoutes(pool));
  app.route("/", federateRoutes(pool));
  app.route("/", tokenRoute(pool));
  app.route("/", revokeRoute(pool));
  app.route("/", userInfoRoute(pool));
  app.route("/", logoutRoute(pool));
  app.route("/", userPoolApi(pool));
  app.route("/", controlApi(controls));
  app.route("/", controlPage(controls));
  app.get("/inbox", (c) => c.html(inboxPage(pool.inbox.messages())));
  app.get("/error", (c) => {
    const error = c.req.query("error") ?? "";
    return c.html(errorPage(isPageError(error) ? error : "not_found"), 400);
  });
  app.get("/assets/managed-login.css", (c) =>
    c.body(MANAGED_LOGIN_CSS, 200, { "Content-Type": "text/css; charset=utf-8" }),
  );

  app.onError(onError);
  app.notFound((c) => c.html(errorPage("not_found"), 404));
  return app;
}
