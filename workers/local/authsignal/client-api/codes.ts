import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import * as z from "zod";
import { codeAddress } from "../code-address.ts";
import type { Context } from "../context.ts";
import type { CodeChannel } from "../model.ts";
import { mayAdd } from "../permissions.ts";
import { phoneNumberSchema } from "../server-api/input.ts";
import { sendCode } from "../sending.ts";
import { forToken } from "./caller.ts";
import { missingScope, notEnrolled, refusalOfMethod, refusalOfSending } from "./refusals.ts";
import { enrolledBy, notVerified, verifiedBy } from "./verdicts.ts";

const CHANNELS: readonly { readonly path: string; readonly channel: CodeChannel }[] = [
  { path: "email-otp", channel: "EMAIL_OTP" },
  { path: "sms", channel: "SMS" },
  { path: "whatsapp", channel: "WHATSAPP" },
];

const noBodySchema = z.strictObject({});
const verifySchema = z.strictObject({ verificationCode: z.string() });

/** One-time codes by e-mail, SMS and WhatsApp (reference 5.3). */
export function codesApi(context: Context): Hono {
  const api = new Hono();
  const { store, client, verifier } = context;

  api.post(
    "/client/user-authenticators/email-otp",
    forToken(context, z.strictObject({ email: z.email() }), (caller, { email }) =>
      begin(caller, { verificationMethod: "EMAIL_OTP", email }, email),
    ),
  );
  api.post(
    "/client/user-authenticators/sms",
    forToken(context, z.strictObject({ phoneNumber: phoneNumberSchema }), (caller, { phoneNumber }) =>
      begin(caller, { verificationMethod: "SMS", phoneNumber }, phoneNumber),
    ),
  );

  for (const { path, channel } of CHANNELS) {
    api.post(
      `/client/challenge/${path}`,
      forToken(context, noBodySchema, async ({ action }) => {
        const refusal = refusalOfMethod(action, channel);
        if (refusal !== undefined) {
          return refusal;
        }
        const address = codeAddress(context, action, channel);
        if (address === undefined) {
          return notEnrolled(channel);
        }
        const sending = await sendCode(context, action, channel, address.to);
        return refusalOfSending(sending) ?? Response.json({ challengeId: randomUUID() });
      }),
    );

    api.post(
      `/client/verify/${path}`,
      forToken(context, verifySchema, async ({ action }, { verificationCode }) => {
        const refusal = refusalOfMethod(action, channel);
        if (refusal !== undefined) {
          return refusal;
        }
        const address = codeAddress(context, action, channel);
        if (address === undefined) {
          return notEnrolled(channel);
        }
        const result = verifier.checkCode(action, channel, address.to, verificationCode);
        if (result.kind !== "right") {
          return notVerified(context, result);
        }
        return address.proves.kind === "authenticator"
          ? verifiedBy(context, action, address.proves.authenticator)
          : enrolledBy(context, action, address.proves.details);
      }),
    );
  }

  return api;

  /** Begins an enrolment and sends the first code; `challenge` sends another. */
  async function begin(
    caller: Parameters<Parameters<typeof forToken>[2]>[0],
    details: { verificationMethod: CodeChannel; email?: string; phoneNumber?: string },
    to: string,
  ): Promise<Response> {
    const { action } = caller;
    const refusal = refusalOfMethod(action, details.verificationMethod);
    if (refusal !== undefined) {
      return refusal;
    }
    if (!mayAdd(caller, store.authenticatorsOf(action.userId).length > 0)) {
      return missingScope("add:authenticators");
    }
    const failure = context.switches.enrolmentSends
      ? refusalOfSending(await sendCode(context, action, details.verificationMethod, to))
      : undefined;
    if (failure !== undefined) {
      return failure;
    }
    const { userAuthenticatorId } = client.pending.begin(action, details);
    return Response.json({ userAuthenticatorId, userId: action.userId });
  }
}
