import { isSameAction } from "../action-key.ts";
import type { Context } from "../context.ts";
import type { Authenticator } from "../model.ts";
import { sendCode, sendLink, sendPush } from "../sending.ts";
import type { CheckResult } from "../verification.ts";
import { beginAuthentication } from "../webauthn.ts";
import * as pages from "./challenge-pages.ts";
import { outcomeOfSending, problemOf } from "./problems.ts";
import { noUsableMethodPage } from "./state-pages.ts";
import type { Fields, Visit } from "./visit.ts";

/** The page of an open challenge that the address names. */
export async function showChallenge(context: Context, visit: Visit, fields: Fields): Promise<Response> {
  const { client, verifier, publicUrl } = context;
  const chosen = findAuthenticator(visit, fields.get("authenticator")) ?? onlyOne(visit, fields);
  if (visit.usable.length === 0) {
    return noUsableMethodPage(visit);
  }
  if (chosen === undefined) {
    return pages.choosePage(visit);
  }
  const remarks = { ...problemOf(fields), isJustSent: fields.get("sent") === "1" };
  const method = chosen.verificationMethod;
  switch (method) {
    case "AUTHENTICATOR_APP":
      return pages.appCodePage(visit, chosen, remarks);
    case "EMAIL_OTP":
    case "SMS":
    case "WHATSAPP":
      return verifier.hasPendingCode(visit.action, method, addressOf(chosen))
        ? pages.codePage(visit, chosen, remarks)
        : pages.sendPage(visit, chosen, remarks);
    case "EMAIL_MAGIC_LINK":
      return client.links.of(visit.action)?.to === chosen.email
        ? pages.linkPage(visit, chosen, remarks)
        : pages.sendPage(visit, chosen, remarks);
    case "PUSH":
    case "QR_CODE": {
      const approval = client.approvals.find(fields.get("approval") ?? "");
      if (approval === undefined || !isSameAction(approval.action, visit.action)) {
        return pages.sendPage(visit, chosen, remarks);
      }
      const scanUrl = `${publicUrl()}/phone/scan?challenge=${approval.challengeId}`;
      return pages.phonePage(visit, chosen, approval, scanUrl, remarks);
    }
    case "PASSKEY":
    case "SECURITY_KEY": {
      const { options } = await beginAuthentication(context, visit.action, method);
      return pages.webauthnPage(visit, chosen, options, remarks);
    }
    default:
      return method satisfies never;
  }
}

/** Sends what the method sends. The parameters that come back say how it went. */
export async function send(
  context: Context,
  { action }: Visit,
  authenticator: Authenticator,
): Promise<Record<string, string>> {
  const method = authenticator.verificationMethod;
  const where = { authenticator: authenticator.userAuthenticatorId };
  switch (method) {
    case "EMAIL_OTP":
    case "SMS":
    case "WHATSAPP":
      return {
        ...where,
        ...outcomeOfSending(await sendCode(context, action, method, addressOf(authenticator)), method),
      };
    case "EMAIL_MAGIC_LINK":
      return {
        ...where,
        ...outcomeOfSending(await sendLink(context, action, addressOf(authenticator)), method),
      };
    case "PUSH": {
      const pushed = await sendPush(context, action);
      return typeof pushed === "string"
        ? { ...where, ...outcomeOfSending(pushed, method) }
        : { ...where, approval: pushed.challengeId };
    }
    case "QR_CODE": {
      const { actionCode, custom } = action;
      const approval = context.client.approvals.begin({ method, actionCode, custom, action });
      return { ...where, approval: approval.challengeId };
    }
    case "AUTHENTICATOR_APP":
    case "PASSKEY":
    case "SECURITY_KEY":
      return where;
    default:
      return method satisfies never;
  }
}

/** Checks a typed code; undefined for a method that has none. */
export function checkTypedCode(
  { verifier }: Context,
  { action }: Visit,
  authenticator: Authenticator,
  typed: string,
): CheckResult | undefined {
  const { verificationMethod: method, secret, lastTimeStep } = authenticator;
  switch (method) {
    case "EMAIL_OTP":
    case "SMS":
    case "WHATSAPP":
      return verifier.checkCode(action, method, addressOf(authenticator), typed);
    case "AUTHENTICATOR_APP":
      return secret === undefined
        ? undefined
        : verifier.checkAppCode(action.userId, secret, lastTimeStep ?? 0, typed);
    default:
      return undefined;
  }
}

/** The usable authenticator with this id. */
export function findAuthenticator({ usable }: Visit, id: string | undefined): Authenticator | undefined {
  return usable.find((one) => one.userAuthenticatorId === id);
}

function addressOf({ email, phoneNumber }: Authenticator): string {
  return email ?? phoneNumber ?? "";
}

function onlyOne({ usable }: Visit, fields: Fields): Authenticator | undefined {
  return usable.length === 1 && !fields.has("choose") ? usable[0] : undefined;
}
