import { Hono } from "hono";
import type { Context as HonoContext } from "hono";
import { isSameAction } from "../action-key.ts";
import type { Context } from "../context.ts";
import type { Authenticator } from "../model.ts";
import { seeOther } from "../page.ts";
import { checkAssertion } from "../webauthn.ts";
import { assertionSchema } from "../webauthn-answers.ts";
import { uiHref } from "./address.ts";
import { checkTypedCode, findAuthenticator, send, showChallenge } from "./challenge-steps.ts";
import { credentialField } from "./credential-field.ts";
import { showEnrolment } from "./enrol.ts";
import { leadOn, leave, succeed } from "./finish.ts";
import { formFields, queryFields } from "./form.ts";
import { problemOfCode } from "./problems.ts";
import { donePage, leftPage, settledPage } from "./state-pages.ts";
import { turnAway } from "./turn-away.ts";
import { arrive } from "./visit.ts";
import type { Fields, Visit } from "./visit.ts";
import { challengeStanding, hasNews } from "./waiting.ts";

interface OpenChallenge {
  readonly visit: Visit;
  readonly authenticator: Authenticator;
  readonly fields: Fields;
}

/** The pre-built UI for a challenge (reference 5.1). Plain forms; the token in them is the credential. */
export function challengeUi(context: Context): Hono {
  const { tokens } = context;
  const ui = new Hono();

  ui.get("/challenge", async (c) => {
    const fields = queryFields(c);
    const arrival = await arrive(context, fields);
    if (arrival.kind !== "visit") {
      return turnAway(arrival);
    }
    const { visit } = arrival;
    const { state, redirectToSettings } = visit.action;
    if (visit.mayAdd && (state === "ALLOW" || fields.has("enrol"))) {
      return showEnrolment(context, visit, fields);
    }
    if (redirectToSettings === true && (state === "ALLOW" || state === "CHALLENGE_SUCCEEDED")) {
      return seeOther(uiHref("/challenge/settings", visit));
    }
    return state === "CHALLENGE_REQUIRED" ? showChallenge(context, visit, fields) : settledPage(visit);
  });

  ui.post("/challenge/send", async (c) => {
    const posted = await openChallenge(c);
    if (posted instanceof Response) {
      return posted;
    }
    const { visit, authenticator } = posted;
    return seeOther(uiHref("/challenge", visit, await send(context, visit, authenticator)));
  });

  ui.post("/challenge/verify", async (c) => {
    const posted = await openChallenge(c);
    if (posted instanceof Response) {
      return posted;
    }
    const { visit, authenticator, fields } = posted;
    const result = checkTypedCode(context, visit, authenticator, fields.get("code") ?? "");
    if (result === undefined) {
      return backTo(posted, {});
    }
    if (result.kind !== "right") {
      return backTo(posted, problemOfCode(result));
    }
    if (result.timeStep !== undefined) {
      authenticator.lastTimeStep = result.timeStep;
    }
    return succeed(context, visit, authenticator);
  });

  ui.post("/challenge/check", async (c) => {
    const fields = await formFields(c);
    const arrival = await arrive(context, fields);
    if (arrival.kind !== "visit") {
      return turnAway(arrival);
    }
    const { visit } = arrival;
    const authenticator = findAuthenticator(visit, fields.get("authenticator"));
    const approval = fields.get("approval");
    if (authenticator === undefined) {
      return seeOther(uiHref("/challenge", visit));
    }
    const now = challengeStanding(context, visit.action, authenticator, approval);
    if (now === "answered" && visit.action.state === "CHALLENGE_REQUIRED") {
      // A phone completes the action itself, so this is a link: completed by the one who asked for it.
      return authenticator.verificationMethod === "EMAIL_MAGIC_LINK"
        ? succeed(context, visit, authenticator)
        : seeOther(uiHref("/challenge", visit));
    }
    if (now === "answered" && visit.action.state === "CHALLENGE_SUCCEEDED") {
      return leadOn(context, visit, await tokens.issue(visit.action, visit.action.scope));
    }
    const problem = now === "waiting" ? "not_yet" : now;
    const more = now === "waiting" && approval !== undefined ? { approval } : {};
    return seeOther(
      uiHref("/challenge", visit, { authenticator: authenticator.userAuthenticatorId, ...more, problem }),
    );
  });

  ui.get("/challenge/status", async (c) => {
    const fields = queryFields(c);
    const arrival = await arrive(context, fields);
    const isTime = arrival.kind !== "visit" || hasNews(context, arrival.visit, fields);
    return c.json({ hasNews: isTime }, 200, { "cache-control": "no-store" });
  });

  ui.post("/challenge/webauthn", async (c) => {
    const posted = await openChallenge(c);
    if (posted instanceof Response) {
      return posted;
    }
    const { visit, authenticator, fields } = posted;
    const response = credentialField(assertionSchema, fields);
    const method = authenticator.verificationMethod === "SECURITY_KEY" ? "SECURITY_KEY" : "PASSKEY";
    const check =
      response === undefined ? { kind: "invalid" as const } : await checkAssertion(context, method, response);
    if (check.kind !== "right" || !isSameAction(check.ceremony.action, visit.action)) {
      const problem = check.kind === "unknown_credential" ? "unknown_passkey" : "bad_passkey";
      return backTo(posted, { problem });
    }
    return succeed(context, visit, check.authenticator);
  });

  ui.post("/challenge/leave", async (c) => {
    const arrival = await arrive(context, await formFields(c));
    // The token that came, not a fresh one: leaving and returning must not lengthen its life.
    return arrival.kind === "visit" ? leave(arrival.visit, arrival.visit.token) : turnAway(arrival);
  });

  ui.get("/challenge/left", () => leftPage());

  ui.get("/challenge/done", async (c) => {
    const arrival = await arrive(context, queryFields(c));
    const { popup } = arrival.kind === "visit" ? arrival.visit : arrival;
    if (arrival.kind === "unknown") {
      return turnAway(arrival);
    }
    return donePage(popup, arrival.kind === "visit" ? arrival.visit.token : arrival.token);
  });

  return ui;

  /** A posted form about a challenge that is still open, or the answer to anything else. */
  async function openChallenge(c: HonoContext): Promise<OpenChallenge | Response> {
    const fields = await formFields(c);
    const arrival = await arrive(context, fields);
    if (arrival.kind !== "visit") {
      return turnAway(arrival);
    }
    const { visit } = arrival;
    const authenticator = findAuthenticator(visit, fields.get("authenticator"));
    return visit.action.state === "CHALLENGE_REQUIRED" && authenticator !== undefined
      ? { visit, authenticator, fields }
      : seeOther(uiHref("/challenge", visit));
  }
}

function backTo({ visit, authenticator }: OpenChallenge, more: Record<string, string>): Response {
  return seeOther(uiHref("/challenge", visit, { authenticator: authenticator.userAuthenticatorId, ...more }));
}
