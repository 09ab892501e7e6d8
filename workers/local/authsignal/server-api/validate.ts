import { Hono } from "hono";
import * as z from "zod";
import { EXPIRED_TOKEN_ERROR, VALID_STATES } from "../choices.ts";
import type { Context } from "../context.ts";
import { checkBody } from "./input.ts";

const bodySchema = z.strictObject({
  token: z.string(),
  action: z.string().optional(),
  userId: z.string().optional(),
});

/**
 * `POST /validate` (reference 2.6): always 200 for a well-formed request; a token that is unknown, or of another
 * user or action, is answered with nothing but `isValid: false`.
 */
export function validateApi({ store, tokens }: Context): Hono {
  const api = new Hono();

  api.post("/validate", async (c) => {
    const body = await checkBody(c, bodySchema);
    if (!body.ok) {
      return body.refusal;
    }
    const { token, action: expectedAction, userId: expectedUserId } = body.value;
    const reading = await tokens.read(token);
    if (reading.kind === "unknown") {
      return c.json({ isValid: false });
    }
    const action = store.action(reading.action);
    if (
      action === undefined ||
      (expectedUserId !== undefined && expectedUserId !== action.userId) ||
      (expectedAction !== undefined && expectedAction !== action.actionCode)
    ) {
      return c.json({ isValid: false });
    }
    if (reading.kind === "expired") {
      return c.json({ isValid: false, error: EXPIRED_TOKEN_ERROR });
    }
    const { userId, actionCode, idempotencyKey, state, stateUpdatedAt, verificationMethod } = action;
    return c.json({
      isValid: VALID_STATES.includes(state),
      state,
      stateUpdatedAt,
      userId,
      actionCode,
      action: actionCode,
      idempotencyKey,
      verificationMethod,
    });
  });

  return api;
}
