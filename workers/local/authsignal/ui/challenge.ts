import { Hono } from "hono";
import type { Context as HonoContext } from "hono";
import type { Context } from "../context.ts";
import type { Authenticator } from "../model.ts";
import { seeOther } from "../page.ts";
import type { CheckResult } from "../verification.ts";
import * as pages from "./challenge-pages.ts";
import { showEnrolment } from "./enrol.ts";
import { formFields } from "./form.ts";
import { problemText } from "./problems.ts";
import { turnAway } from "./turn-away.ts";
import { arrive, wayBack } from "./visit.ts";
import type { Visit } from "./visit.ts";

/** The pre-built UI for a challenge (reference 5.1). Plain forms; the token in them is the credential. */
export function challengeUi(context: Context): Hono {
  const { store, tokens, verifier } = context;
  const ui = new Hono();

  ui.get("/challenge", async (c) => {
    const arrival = await arrive(context, c.req.query("token") ?? "");
    if (arrival.kind !== "visit") {
      return turnAway(arrival);
    }
    const { visit } = arrival;
    if (visit.mayEnrol) {
      return showEnrolment(context, c, visit);
    }
    return visit.action.state === "CHALLENGE_REQUIRED" ? showChallenge(c, visit) : pages.settledPage(visit);
  });

  ui.post("/challenge/send", async (c) => {
    const posted = await openChallenge(c);
    if (posted instanceof Response) {
      return posted;
    }
    const { visit, authenticator } = posted;
    const isSent = verifier.sendEmailCode(visit.action, authenticator.email ?? "");
    const more = isSent ? { sent: "1" } : { problem: "too_many_sent" };
    return seeOther(pages.challengeHref(visit.token, authenticator.userAuthenticatorId, more));
  });

  ui.post("/challenge/verify", async (c) => {
    const posted = await openChallenge(c);
    if (posted instanceof Response) {
      return posted;
    }
    const { visit, authenticator, fields } = posted;
    const result = checkCode(visit, authenticator, fields.get("code") ?? "");
    if (result.kind !== "right") {
      const more =
        result.kind === "wrong"
          ? { problem: "wrong", left: String(result.triesLeft) }
          : { problem: "too_many" };
      return seeOther(pages.challengeHref(visit.token, authenticator.userAuthenticatorId, more));
    }
    if (result.timeStep !== undefined) {
      authenticator.lastTimeStep = result.timeStep;
    }
    store.succeed(visit.action, authenticator);
    const token = await tokens.issue(visit.action, visit.action.scope);
    return seeOther(wayBack(visit.action, token) ?? pages.challengeHref(token));
  });

  ui.post("/challenge/leave", async (c) => {
    const arrival = await arrive(context, (await formFields(c)).get("token") ?? "");
    if (arrival.kind !== "visit") {
      return turnAway(arrival);
    }
    // The token that came, not a fresh one: leaving and returning must not lengthen its life.
    const { action, token } = arrival.visit;
    return seeOther(wayBack(action, token) ?? "/challenge/left");
  });

  ui.get("/challenge/left", () => pages.leftPage());

  return ui;

  function showChallenge(c: HonoContext, visit: Visit): Promise<Response> {
    const chosen =
      findAuthenticator(visit, c.req.query("authenticator")) ?? onlyOne(visit, c.req.query("choose"));
    if (visit.usable.length === 0) {
      return pages.noUsableMethodPage(visit);
    }
    if (chosen === undefined) {
      return pages.choosePage(visit);
    }
    const problem = problemText(c.req.query("problem"), c.req.query("left"));
    switch (chosen.verificationMethod) {
      case "AUTHENTICATOR_APP":
        return pages.appCodePage(visit, chosen, problem);
      case "EMAIL_OTP":
        return verifier.hasPendingEmailCode(visit.action, chosen.email ?? "")
          ? pages.emailCodePage(visit, chosen, problem, c.req.query("sent") === "1")
          : pages.sendPage(visit, chosen, problem);
      default:
        return chosen.verificationMethod satisfies never;
    }
  }

  /** A posted form about a challenge that is still open, or the answer to anything else. */
  async function openChallenge(
    c: HonoContext,
  ): Promise<{ visit: Visit; authenticator: Authenticator; fields: ReadonlyMap<string, string> } | Response> {
    const fields = await formFields(c);
    const arrival = await arrive(context, fields.get("token") ?? "");
    if (arrival.kind !== "visit") {
      return turnAway(arrival);
    }
    const { visit } = arrival;
    const authenticator = findAuthenticator(visit, fields.get("authenticator"));
    return visit.action.state === "CHALLENGE_REQUIRED" && authenticator !== undefined
      ? { visit, authenticator, fields }
      : seeOther(pages.challengeHref(visit.token));
  }

  function checkCode({ action }: Visit, authenticator: Authenticator, typed: string): CheckResult {
    return authenticator.verificationMethod === "EMAIL_OTP"
      ? verifier.checkEmailCode(action, authenticator.email ?? "", typed)
      : verifier.checkAppCode(
          action.userId,
          authenticator.secret ?? "",
          authenticator.lastTimeStep ?? 0,
          typed,
        );
  }
}

function findAuthenticator({ usable }: Visit, id: string | undefined): Authenticator | undefined {
  return usable.find((one) => one.userAuthenticatorId === id);
}

function onlyOne({ usable }: Visit, choose: string | undefined): Authenticator | undefined {
  return usable.length === 1 && choose === undefined ? usable[0] : undefined;
}
