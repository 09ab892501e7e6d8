import { Hono } from "hono";
import type { Context as HonoContext } from "hono";
import * as z from "zod";
import { isSameAction } from "../action-key.ts";
import type { Context } from "../context.ts";
import { enrol } from "../enrolling.ts";
import type { Method } from "../model.ts";
import { seeOther } from "../page.ts";
import { pendingDetails } from "../pending-enrolments.ts";
import { phoneNumberSchema } from "../server-api/input.ts";
import { sendCode, sendLink } from "../sending.ts";
import type { Sending } from "../sending.ts";
import type { AuthenticatorDetails } from "../state.ts";
import { appUri, newAppSecret } from "../verification.ts";
import { beginRegistration, checkRegistration } from "../webauthn.ts";
import { registrationSchema } from "../webauthn-answers.ts";
import { credentialField } from "./credential-field.ts";
import * as pages from "./enrol-pages.ts";
import type { AddressedMethod } from "./enrol-pages.ts";
import { leadOn } from "./finish.ts";
import { formFields } from "./form.ts";
import { outcomeOfSending, problemOf, problemOfCode } from "./problems.ts";
import { methodOf } from "./slugs.ts";
import { turnAway } from "./turn-away.ts";
import { arrive } from "./visit.ts";
import type { Fields, Visit } from "./visit.ts";
import { deviceStanding, linkStanding } from "./waiting.ts";

interface OpenEnrolment {
  readonly visit: Visit;
  readonly method: Method;
  readonly fields: Fields;
}

const emailSchema = z.email();

/** The page of the enrolment that the address names. */
export async function showEnrolment(context: Context, visit: Visit, fields: Fields): Promise<Response> {
  const { verifier, client } = context;
  const { action, user } = visit;
  const remarks = { ...problemOf(fields), isJustSent: fields.get("sent") === "1" };
  const method = methodOf(fields.get("enrol"), visit.addable);
  switch (method) {
    case undefined:
      return pages.enrolChoicePage(visit);
    case "AUTHENTICATOR_APP": {
      const secret = offeredSecret(context, visit);
      return pages.enrolAppPage(
        visit,
        secret,
        appUri(secret, user.email ?? user.username ?? user.userId),
        remarks,
      );
    }
    case "EMAIL_OTP":
    case "SMS":
    case "WHATSAPP": {
      const address = addressIn(method, fields);
      return address !== undefined && verifier.hasPendingCode(action, method, address)
        ? pages.enrolCodePage(visit, method, address, remarks)
        : pages.addressPage(visit, method, fields.get("email") ?? fields.get("phone"), remarks);
    }
    case "EMAIL_MAGIC_LINK": {
      const address = addressIn(method, fields);
      return address !== undefined && client.links.of(action)?.to === address
        ? pages.enrolLinkPage(visit, address, remarks)
        : pages.addressPage(visit, method, fields.get("email"), remarks);
    }
    case "PASSKEY":
    case "SECURITY_KEY": {
      const { options } = await beginRegistration(context, action, user, method);
      return pages.enrolWebauthnPage(visit, method, options, remarks);
    }
    case "PUSH":
    case "QR_CODE": {
      const { userAuthenticatorId } =
        client.pending.get(action, method) ?? client.pending.begin(action, { verificationMethod: method });
      return pages.enrolPhonePage(visit, method, userAuthenticatorId);
    }
    default:
      return method satisfies never;
  }
}

/** The forms of the enrolment: they end with an authenticator and a succeeded action. */
export function enrolUi(context: Context): Hono {
  const { verifier, client, tokens } = context;
  const ui = new Hono();

  ui.post("/challenge/enrol/send", async (c) => {
    const posted = await openEnrolment(c);
    if (posted instanceof Response) {
      return posted;
    }
    const { visit, method, fields } = posted;
    if (!isAddressed(method)) {
      return seeOther(pages.enrolHref(visit, method));
    }
    const address = addressIn(method, fields);
    if (address === undefined) {
      const typed = fields.get("email") ?? fields.get("phone") ?? "";
      const isPhone = method === "SMS" || method === "WHATSAPP";
      const problem = isPhone ? "bad_phone" : "bad_email";
      return seeOther(pages.enrolHref(visit, method, { [isPhone ? "phone" : "email"]: typed, problem }));
    }
    const outcome = outcomeOfSending(await sendTo(visit, method, address), method);
    const { method: _slug, ...typed } = pages.addressFields(method, address);
    return seeOther(pages.enrolHref(visit, method, { ...typed, ...outcome }));
  });

  ui.post("/challenge/enrol/verify", async (c) => {
    const posted = await openEnrolment(c);
    if (posted instanceof Response) {
      return posted;
    }
    const { visit, method, fields } = posted;
    switch (method) {
      case "EMAIL_OTP":
      case "SMS":
      case "WHATSAPP":
        return verifyCode(visit, method, fields);
      case "EMAIL_MAGIC_LINK":
        return verifyLink(visit, fields);
      case "AUTHENTICATOR_APP":
        return verifyApp(visit, fields);
      case "PUSH":
      case "QR_CODE":
        return verifyPhone(visit, method, fields);
      case "PASSKEY":
      case "SECURITY_KEY":
        return seeOther(pages.enrolHref(visit, method));
      default:
        return method satisfies never;
    }
  });

  ui.post("/challenge/enrol/webauthn", async (c) => {
    const posted = await openEnrolment(c);
    if (posted instanceof Response) {
      return posted;
    }
    const { visit, method, fields } = posted;
    const response = credentialField(registrationSchema, fields);
    if (response === undefined || (method !== "PASSKEY" && method !== "SECURITY_KEY")) {
      return seeOther(pages.enrolHref(visit, method, { problem: "bad_passkey" }));
    }
    const check = await checkRegistration(context, method, response);
    return check.kind === "registered" && isSameAction(check.ceremony.action, visit.action)
      ? finish(visit, { verificationMethod: method, credential: check.credential })
      : seeOther(pages.enrolHref(visit, method, { problem: "bad_passkey" }));
  });

  return ui;

  async function openEnrolment(c: HonoContext): Promise<OpenEnrolment | Response> {
    const fields = await formFields(c);
    const arrival = await arrive(context, fields);
    if (arrival.kind !== "visit") {
      return turnAway(arrival);
    }
    const { visit } = arrival;
    const method = methodOf(fields.get("method"), visit.addable);
    return method !== undefined && (visit.mayAdd || isSetUpOnPhone(visit, method, fields))
      ? { visit, method, fields }
      : seeOther(pages.enrolHref(visit));
  }

  /** Agreeing on the phone has completed the action and spent the right to add; what is left is to go on. */
  function isSetUpOnPhone({ action }: Visit, method: Method, fields: Fields): boolean {
    const device = fields.get("device");
    return (
      (method === "PUSH" || method === "QR_CODE") &&
      device !== undefined &&
      action.state === "CHALLENGE_SUCCEEDED" &&
      deviceStanding(context, action, device) === "answered"
    );
  }

  function sendTo({ action }: Visit, method: AddressedMethod, address: string): Promise<Sending> {
    return method === "EMAIL_MAGIC_LINK"
      ? sendLink(context, action, address)
      : sendCode(context, action, method, address);
  }

  async function verifyCode(
    visit: Visit,
    method: "EMAIL_OTP" | "SMS" | "WHATSAPP",
    fields: Fields,
  ): Promise<Response> {
    const address = addressIn(method, fields);
    if (address === undefined) {
      return seeOther(pages.enrolHref(visit, method));
    }
    const result = verifier.checkCode(visit.action, method, address, fields.get("code") ?? "");
    const { method: _slug, ...typed } = pages.addressFields(method, address);
    return result.kind === "right"
      ? finish(visit, { verificationMethod: method, ...proven(method, address) })
      : seeOther(pages.enrolHref(visit, method, { ...typed, ...problemOfCode(result) }));
  }

  async function verifyLink(visit: Visit, fields: Fields): Promise<Response> {
    const email = addressIn("EMAIL_MAGIC_LINK", fields);
    const now = email === undefined ? "gone" : linkStanding(context, visit.action, email);
    if (email !== undefined && now === "answered") {
      return finish(visit, { verificationMethod: "EMAIL_MAGIC_LINK", email });
    }
    const problem = now === "waiting" ? "not_yet" : "gone";
    return seeOther(pages.enrolHref(visit, "EMAIL_MAGIC_LINK", { email, problem }));
  }

  async function verifyApp(visit: Visit, fields: Fields): Promise<Response> {
    const secret = offeredSecret(context, visit);
    const result = verifier.checkAppCode(visit.user.userId, secret, 0, fields.get("code") ?? "");
    if (result.kind !== "right") {
      return seeOther(pages.enrolHref(visit, "AUTHENTICATOR_APP", problemOfCode(result)));
    }
    const pending = client.pending.get(visit.action, "AUTHENTICATOR_APP");
    return finish(visit, {
      ...(pending === undefined ? {} : pendingDetails(pending)),
      verificationMethod: "AUTHENTICATOR_APP",
      secret,
      lastTimeStep: result.timeStep ?? 0,
    });
  }

  async function verifyPhone(visit: Visit, method: Method, fields: Fields): Promise<Response> {
    return isSetUpOnPhone(visit, method, fields)
      ? leadOn(context, visit, await tokens.issue(visit.action, visit.action.scope))
      : seeOther(pages.enrolHref(visit, method));
  }

  async function finish(visit: Visit, details: AuthenticatorDetails): Promise<Response> {
    const { token } = await enrol(context, visit.action, details);
    return token === undefined
      ? seeOther(pages.enrolHref(visit, undefined, { problem: "refused" }))
      : leadOn(context, visit, token);
  }
}

/** The secret that an app is being set up with: the same for every look at the page. */
function offeredSecret({ client }: Context, { action }: Visit): string {
  const pending = client.pending.get(action, "AUTHENTICATOR_APP");
  if (pending?.secret !== undefined) {
    return pending.secret;
  }
  const secret = newAppSecret();
  client.pending.begin(action, { verificationMethod: "AUTHENTICATOR_APP", secret });
  return secret;
}

/** The address that was typed, when it is one. */
function addressIn(method: AddressedMethod, fields: Fields): string | undefined {
  return method === "SMS" || method === "WHATSAPP"
    ? phoneNumberSchema.safeParse((fields.get("phone") ?? "").replaceAll(/[\s().-]/g, "")).data
    : emailSchema.safeParse((fields.get("email") ?? "").trim()).data;
}

function proven(method: AddressedMethod, address: string): { email: string } | { phoneNumber: string } {
  return method === "SMS" || method === "WHATSAPP" ? { phoneNumber: address } : { email: address };
}

function isAddressed(method: Method): method is AddressedMethod {
  return method === "EMAIL_OTP" || method === "SMS" || method === "WHATSAPP" || method === "EMAIL_MAGIC_LINK";
}
