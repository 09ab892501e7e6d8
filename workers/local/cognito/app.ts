import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { onError } from "../bank/on-error.ts";
import { authorizeRoute } from "./domain/authorize.ts";
import { loginRoutes } from "./domain/login.ts";
import { logoutRoute } from "./domain/logout.ts";
import { publishedRoutes } from "./domain/published.ts";
import { revokeRoute } from "./domain/revoke.ts";
import { tokenRoute } from "./domain/token.ts";
import { userInfoRoute } from "./domain/user-info.ts";
import { errorPage } from "./html.ts";
import type { Pool } from "./pool.ts";
import { MANAGED_LOGIN_CSS } from "./style.ts";
import { userPoolApi } from "./user-pool-api/dispatch.ts";

const BODY_LIMIT_BYTES = 128 * 1024;

/** No `form-action`: the sign-in form's answer redirects to the app, which that directive would stop. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'";

/** Everything the user pool serves on its one port: the domain's endpoints, the key set, the API. */
export function createCognitoApp(pool: Pool): Hono {
  const app = new Hono();

  app.use(async (c, next) => {
    c.header("x-amz-cognito-request-id", randomUUID());
    await next();
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

  app.route("/", publishedRoutes(pool));
  app.route("/", authorizeRoute(pool));
  app.route("/", loginRoutes(pool));
  app.route("/", tokenRoute(pool));
  app.route("/", revokeRoute(pool));
  app.route("/", userInfoRoute(pool));
  app.route("/", logoutRoute(pool));
  app.route("/", userPoolApi(pool));
  app.get("/assets/managed-login.css", (c) =>
    c.body(MANAGED_LOGIN_CSS, 200, { "Content-Type": "text/css; charset=utf-8" }),
  );

  app.onError(onError);
  app.notFound((c) => c.html(errorPage("not_found"), 404));
  return app;
}
