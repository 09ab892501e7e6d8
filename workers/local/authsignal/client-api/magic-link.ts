import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import * as z from "zod";
import { codeAddress } from "../code-address.ts";
import type { Context } from "../context.ts";
import { mayAdd } from "../permissions.ts";
import { sendLink } from "../sending.ts";
import { forToken } from "./caller.ts";
import { missingScope, notEnrolled, refusalOfMethod, refusalOfSending } from "./refusals.ts";
import { enrolledBy, verifiedBy } from "./verdicts.ts";

const METHOD = "EMAIL_MAGIC_LINK";
const noBodySchema = z.strictObject({});

/** E-mail links, whose sender polls until the link was opened (reference 5.3). */
export function magicLinkApi(context: Context): Hono {
  const api = new Hono();
  const { store, client } = context;

  api.post(
    "/client/user-authenticators/email-magic-link",
    forToken(context, z.strictObject({ email: z.email() }), async (caller, { email }) => {
      const { action } = caller;
      const refusal = refusalOfMethod(action, METHOD);
      if (refusal !== undefined) {
        return refusal;
      }
      if (!mayAdd(caller, store.authenticatorsOf(action.userId).length > 0)) {
        return missingScope("add:authenticators");
      }
      const failure = context.switches.enrolmentSends
        ? refusalOfSending(await sendLink(context, action, email))
        : undefined;
      if (failure !== undefined) {
        return failure;
      }
      const pending = client.pending.begin(action, { verificationMethod: METHOD, email });
      return Response.json({ userAuthenticatorId: pending.userAuthenticatorId, userId: action.userId });
    }),
  );

  api.post(
    "/client/challenge/email-magic-link",
    forToken(context, noBodySchema, async ({ action }) => {
      const refusal = refusalOfMethod(action, METHOD);
      if (refusal !== undefined) {
        return refusal;
      }
      const address = codeAddress(context, action, METHOD);
      if (address === undefined) {
        return notEnrolled(METHOD);
      }
      const sending = await sendLink(context, action, address.to);
      return refusalOfSending(sending) ?? Response.json({ challengeId: randomUUID() });
    }),
  );

  api.post(
    "/client/verify/email-magic-link/finalize",
    forToken(context, noBodySchema, async ({ action }) => {
      const refusal = refusalOfMethod(action, METHOD);
      if (refusal !== undefined) {
        return refusal;
      }
      const link = client.links.of(action);
      const address = codeAddress(context, action, METHOD);
      if (link?.isConfirmed !== true || address?.to !== link.to) {
        return Response.json({ isVerified: false });
      }
      return address.proves.kind === "authenticator"
        ? verifiedBy(context, action, address.proves.authenticator)
        : enrolledBy(context, action, address.proves.details);
    }),
  );

  return api;
}
