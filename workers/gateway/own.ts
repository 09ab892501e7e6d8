import { Hono } from "hono/tiny";
import { BACK_SCRIPT, CONTINUE_SCRIPT, STYLE_SHEET } from "../../src/http/assets.ts";
import { CLIENT_SCRIPT } from "../../src/http/client-script.ts";
import { styleOf } from "../../src/sign-in/look.ts";
import { showAuthenticators } from "./authenticators.ts";
import { isStepUp } from "./behind-step-up.ts";
import { refuse, type Exchange } from "./exchange.ts";
import { SESSIONS_PATH } from "./sessions-page.ts";
import { forgetUser, listSessionsOf, revokeSession, revokeUser } from "./own-admin.ts";
import type { OwnSignInPorts } from "./gateway.ts";
import {
  cancelChallenge,
  completeByProgram,
  retryChallenge,
  returnFromAuthsignal,
  sendAgain,
  showChallenge,
} from "./own-challenges.ts";
import {
  finishManagedSignIn,
  showSession,
  showSignedOut,
  showSignOut,
  signOut,
  startManagedSignIn,
} from "./own-session.ts";
import { finishByProgram, startByProgram } from "./program-sign-in.ts";
import { endByForm, endByProgram, showSessions } from "./own-sessions.ts";
import { returnToSignIn, showSignIn, submitSignIn } from "./own-sign-in.ts";

const ASSET_SECONDS = 3600;

const routes = new Hono<{ Bindings: { exchange: Exchange } }>()
  .get("/.sallyport/style.css", () => asset(STYLE_SHEET, "text/css"))
  .get("/.sallyport/continue.js", () => asset(CONTINUE_SCRIPT, "text/javascript"))
  .get("/.sallyport/back.js", () => asset(BACK_SCRIPT, "text/javascript"))
  .get("/.sallyport/client.js", () => asset(CLIENT_SCRIPT, "text/javascript"))
  .get("/.sallyport/sign-in", ({ env: { exchange } }) =>
    onOwnSignIn(exchange, showSignIn, startManagedSignIn),
  )
  .post("/.sallyport/sign-in", ({ env: { exchange } }) => onOwnSignIn(exchange, submitSignIn))
  .get("/.sallyport/sign-in/return", ({ env: { exchange } }) => onOwnSignIn(exchange, returnToSignIn))
  .post("/.sallyport/sign-in/start", ({ env: { exchange } }) => onOwnSignIn(exchange, startByProgram))
  .post("/.sallyport/sign-in/finish", ({ env: { exchange } }) => onOwnSignIn(exchange, finishByProgram))
  .get("/.sallyport/authenticators", ({ env: { exchange } }) =>
    showAuthenticators(exchange, isStepUp(exchange)),
  )
  .get("/.sallyport/sign-in.css", ({ env: { exchange } }) =>
    onOwnSignIn(exchange, (_exchange, { look }) => asset(styleOf(look), "text/css")),
  )
  .get("/.sallyport/callback", ({ env }) => finishManagedSignIn(env.exchange))
  .get("/.sallyport/sign-out", () => showSignOut())
  .post("/.sallyport/sign-out", ({ env }) => signOut(env.exchange))
  .get("/.sallyport/signed-out", () => showSignedOut())
  .get("/.sallyport/session", ({ env }) => showSession(env.exchange))
  .get(SESSIONS_PATH, ({ env }) => showSessions(env.exchange))
  .post(SESSIONS_PATH, ({ env }) => endByForm(env.exchange))
  .delete(`${SESSIONS_PATH}/:id`, ({ env, req }) => endByProgram(env.exchange, req.param("id")))
  .get("/.sallyport/admin/users/:user/sessions", ({ env, req }) =>
    listSessionsOf(env.exchange, req.param("user")),
  )
  .delete("/.sallyport/admin/users/:user/sessions", ({ env, req }) =>
    revokeUser(env.exchange, req.param("user")),
  )
  .delete("/.sallyport/admin/users/:user/sessions/:session", ({ env, req }) =>
    revokeSession(env.exchange, req.param("user"), req.param("session")),
  )
  .delete("/.sallyport/admin/users/:user", ({ env, req }) => forgetUser(env.exchange, req.param("user")))
  .get("/.sallyport/challenges/:id", ({ env, req }) => showChallenge(env.exchange, req.param("id")))
  .post("/.sallyport/challenges/:id", ({ env, req }) => completeByProgram(env.exchange, req.param("id")))
  .delete("/.sallyport/challenges/:id", ({ env, req }) => cancelChallenge(env.exchange, req.param("id")))
  .get("/.sallyport/challenges/:id/return", ({ env, req }) =>
    returnFromAuthsignal(env.exchange, req.param("id")),
  )
  .post("/.sallyport/challenges/:id/retry", ({ env, req }) => retryChallenge(env.exchange, req.param("id")))
  .post("/.sallyport/challenges/:id/again", ({ env, req }) => sendAgain(env.exchange, req.param("id")))
  .notFound(({ env: { exchange } }) => refuse(exchange.request, exchange.requestId, "not_found"))
  .onError((error) => {
    throw error; // the entry point answers for bugs, in one place
  });

/** Serves Sallyport's own endpoints; the target was read and refused as strictly as any other before. */
export async function handleOwn(exchange: Exchange): Promise<Response> {
  return routes.fetch(new Request(exchange.target.href, exchange.request), { exchange });
}

/** What is there only where people sign in on a page of our own. */
function onOwnSignIn(
  exchange: Exchange,
  handler: (exchange: Exchange, own: OwnSignInPorts) => Promise<Response> | Response,
  otherwise = ({ request, requestId }: Exchange): Promise<Response> | Response =>
    refuse(request, requestId, "not_found"),
): Promise<Response> | Response {
  const { ownSignIn } = exchange.gateway;
  return ownSignIn === undefined ? otherwise(exchange) : handler(exchange, ownSignIn);
}

function asset(text: string, type: string): Response {
  return new Response(text, {
    headers: {
      "Content-Type": `${type}; charset=utf-8`,
      "Cache-Control": `public, max-age=${ASSET_SECONDS}`,
      "X-Content-Type-Options": "nosniff",
    },
  });
}
