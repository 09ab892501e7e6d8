import { Hono } from "hono";
import * as z from "zod";
import { isAnswered } from "../approvals.ts";
import { isSameAction } from "../action-key.ts";
import type { Context } from "../context.ts";
import { invalidRequest } from "../server-api/errors.ts";
import { sendPush } from "../sending.ts";
import { forToken } from "./caller.ts";
import { notEnrolled, refusalOfMethod, refusalOfSending } from "./refusals.ts";

/** Push notifications, answered on the phone page (reference 5.3). */
export function pushApi(context: Context): Hono {
  const api = new Hono();
  const { store, client, tokens } = context;

  api.post(
    "/client/challenge/push",
    forToken(
      context,
      z.strictObject({ action: z.string().optional(), userAuthenticatorId: z.string().optional() }),
      async ({ action }, body) => {
        if (body.action !== undefined && body.action !== action.actionCode) {
          return invalidRequest("action: The token is for another action.");
        }
        const refusal = refusalOfMethod(action, "PUSH");
        if (refusal !== undefined) {
          return refusal;
        }
        const phones = store
          .authenticatorsOf(action.userId)
          .filter((one) => one.verificationMethod === "PUSH")
          .filter((one) => (body.userAuthenticatorId ?? one.userAuthenticatorId) === one.userAuthenticatorId);
        if (phones.length === 0) {
          return notEnrolled("PUSH");
        }
        const pushed = await sendPush(context, action);
        return typeof pushed === "string"
          ? (refusalOfSending(pushed) ?? notEnrolled("PUSH"))
          : Response.json({
              challengeId: pushed.challengeId,
              deliveryResults: phones.map(({ userAuthenticatorId }) => ({ userAuthenticatorId })),
            });
      },
    ),
  );

  api.post(
    "/client/verify/push",
    forToken(context, z.strictObject({ challengeId: z.string() }), async ({ action }, { challengeId }) => {
      const approval = client.approvals.find(challengeId);
      if (approval?.method !== "PUSH" || !isSameAction(approval.action, action)) {
        return invalidRequest("challengeId: There is no such challenge.");
      }
      const isVerified = approval.state === "approved";
      const accessToken = isVerified ? await tokens.issue(action, action.scope) : undefined;
      return Response.json({
        isVerified,
        isConsumed: isAnswered(approval),
        ...(accessToken === undefined ? {} : { accessToken }),
      });
    }),
  );

  return api;
}
