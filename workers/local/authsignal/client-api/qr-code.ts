import { Hono } from "hono";
import * as z from "zod";
import { isAnswered } from "../approvals.ts";
import type { Approval } from "../approvals.ts";
import type { Context } from "../context.ts";
import type { CustomData } from "../model.ts";
import { actionCodeSchema, customSchema } from "../server-api/input.ts";
import { invalidRequest } from "../server-api/errors.ts";
import { forAnyone } from "./caller.ts";
import type { TokenCaller } from "./caller.ts";
import { refusalOfMethod } from "./refusals.ts";

/** QR codes that a phone scans, for those who poll (reference 5.3). */
export function qrCodeApi(context: Context): Hono {
  const api = new Hono();
  const { client } = context;

  api.post(
    "/client/challenge/qr-code",
    forAnyone(
      context,
      z.strictObject({ action: actionCodeSchema, custom: customSchema.optional() }),
      (caller, { action, custom }) => {
        const approval = beginQrCode(context, caller, action, custom);
        if (approval instanceof Response) {
          return approval;
        }
        const { challengeId, deviceCode, expiresAtMs } = approval;
        return Response.json({ challengeId, deviceCode, expiresAt: new Date(expiresAtMs).toISOString() });
      },
    ),
  );

  api.post(
    "/client/verify/qr-code",
    forAnyone(
      context,
      z.strictObject({ challengeId: z.string(), deviceCode: z.string() }),
      async (_caller, { challengeId, deviceCode }) => {
        const approval = client.approvals.find(challengeId);
        if (approval?.method !== "QR_CODE" || approval.deviceCode !== deviceCode) {
          return invalidRequest("challengeId: There is no such challenge.");
        }
        const token = await approvedToken(context, approval);
        return Response.json({
          isClaimed: approval.state !== "unclaimed",
          isVerified: approval.state === "approved",
          isConsumed: isAnswered(approval),
          ...(token === undefined ? {} : { token }),
        });
      },
    ),
  );

  return api;
}

/** Begins a QR code: for the action of the token, or for whoever will scan it. */
export function beginQrCode(
  { client }: Context,
  caller: TokenCaller | undefined,
  actionCode: string,
  custom: CustomData = {},
): Approval | Response {
  if (caller === undefined) {
    return client.approvals.begin({ method: "QR_CODE", actionCode, custom, action: undefined });
  }
  const { action } = caller;
  if (actionCode !== action.actionCode) {
    return invalidRequest("action: The token is for another action.");
  }
  return (
    refusalOfMethod(action, "QR_CODE") ??
    client.approvals.begin({ method: "QR_CODE", actionCode, custom: { ...action.custom, ...custom }, action })
  );
}

/** A fresh token for an action that a phone has approved. */
export async function approvedToken(
  { store, tokens }: Context,
  approval: Approval,
): Promise<string | undefined> {
  const action = approval.action === undefined ? undefined : store.action(approval.action);
  return approval.state === "approved" && action !== undefined
    ? tokens.issue(action, action.scope)
    : undefined;
}
