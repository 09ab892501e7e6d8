import { Hono } from "hono";
import type { Context as HonoContext } from "hono";
import * as z from "zod";
import type { Context } from "../context.ts";
import type { Authenticator, TrackedAction } from "../model.ts";
import { seeOther } from "../page.ts";
import { appUri, newAppSecret } from "../verification.ts";
import * as pages from "./enrol-pages.ts";
import { formFields } from "./form.ts";
import { problemText } from "./problems.ts";
import { turnAway } from "./turn-away.ts";
import { arrive, wayBack } from "./visit.ts";
import type { Visit } from "./visit.ts";

const emailSchema = z.email();

/** The secret that an app is being set up with, until the action is forgotten. */
const offeredSecrets = new WeakMap<TrackedAction, string>();

/** The page of the enrolment that the address names. */
export async function showEnrolment({ verifier }: Context, c: HonoContext, visit: Visit): Promise<Response> {
  const { action, user, usable } = visit;
  const problem = problemText(c.req.query("problem"), c.req.query("left"));
  const method = c.req.query("enrol");
  if (method === "app" && action.allowedVerificationMethods.includes("AUTHENTICATOR_APP")) {
    const secret = offeredSecret(action);
    return pages.enrolAppPage(
      visit,
      secret,
      appUri(secret, user.email ?? user.username ?? user.userId),
      problem,
    );
  }
  if (method === "email" && action.allowedVerificationMethods.includes("EMAIL_OTP")) {
    const email = c.req.query("email");
    return email !== undefined && verifier.hasPendingEmailCode(action, email)
      ? pages.enrolEmailCodePage(visit, email, problem, c.req.query("sent") === "1")
      : pages.enrolEmailPage(visit, email ?? (usable.length === 0 ? user.email : undefined), problem);
  }
  return pages.enrolChoicePage(visit);
}

/** The forms of the enrolment: they end with an authenticator and a succeeded action. */
export function enrolUi(context: Context): Hono {
  const { store, tokens, verifier, webhooks } = context;
  const ui = new Hono();

  ui.post("/challenge/enrol/send", async (c) => {
    const posted = await openEnrolment(c);
    if (posted instanceof Response) {
      return posted;
    }
    const { visit, fields } = posted;
    const email = (fields.get("email") ?? "").trim();
    if (!emailSchema.safeParse(email).success) {
      return seeOther(pages.enrolHref(visit.token, "email", { email, problem: "bad_email" }));
    }
    const isSent = verifier.sendEmailCode(visit.action, email);
    return seeOther(
      pages.enrolHref(visit.token, "email", {
        email,
        ...(isSent ? { sent: "1" } : { problem: "too_many_sent" }),
      }),
    );
  });

  ui.post("/challenge/enrol/verify", async (c) => {
    const posted = await openEnrolment(c);
    if (posted instanceof Response) {
      return posted;
    }
    const { visit, fields } = posted;
    const email = fields.get("email");
    const code = fields.get("code") ?? "";
    const secret = offeredSecret(visit.action);
    const result =
      email === undefined
        ? verifier.checkAppCode(visit.user.userId, secret, 0, code)
        : verifier.checkEmailCode(visit.action, email, code);
    if (result.kind !== "right") {
      const left =
        result.kind === "wrong"
          ? { problem: "wrong", left: String(result.triesLeft) }
          : { problem: "too_many" };
      return seeOther(
        email === undefined
          ? pages.enrolHref(visit.token, "app", left)
          : pages.enrolHref(visit.token, "email", { email, ...left }),
      );
    }
    const authenticator =
      email === undefined ? addApp(visit, secret, result.timeStep) : addEmail(visit, email);
    webhooks.authenticatorEvent("authenticator.created", authenticator);
    store.succeed(visit.action, authenticator);
    const token = await tokens.issue(visit.action, visit.action.scope);
    return seeOther(wayBack(visit.action, token) ?? pages.enrolHref(token));
  });

  return ui;

  async function openEnrolment(
    c: HonoContext,
  ): Promise<{ visit: Visit; fields: ReadonlyMap<string, string> } | Response> {
    const fields = await formFields(c);
    const arrival = await arrive(context, fields.get("token") ?? "");
    if (arrival.kind !== "visit") {
      return turnAway(arrival);
    }
    const { visit } = arrival;
    const method = fields.has("email") ? "EMAIL_OTP" : "AUTHENTICATOR_APP";
    return visit.mayEnrol && visit.action.allowedVerificationMethods.includes(method)
      ? { visit, fields }
      : seeOther(pages.enrolHref(visit.token));
  }

  function addApp({ user, action }: Visit, secret: string, timeStep = 0): Authenticator {
    offeredSecrets.delete(action);
    const authenticator = store.addAuthenticator(user.userId, {
      verificationMethod: "AUTHENTICATOR_APP",
      secret,
    });
    authenticator.lastTimeStep = timeStep;
    return authenticator;
  }

  function addEmail({ user }: Visit, email: string): Authenticator {
    user.email ??= email;
    user.emailVerified ||= user.email === email;
    return store.addAuthenticator(user.userId, { verificationMethod: "EMAIL_OTP", email });
  }
}

function offeredSecret(action: TrackedAction): string {
  const secret = offeredSecrets.get(action) ?? newAppSecret();
  offeredSecrets.set(action, secret);
  return secret;
}
