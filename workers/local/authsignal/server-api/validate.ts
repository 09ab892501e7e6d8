import { Hono } from "hono";
import * as z from "zod";
import { BoundedMap } from "../bounded-map.ts";
import { EXPIRED_TOKEN_ERROR, MAX_REMEMBERED_ACTIONS } from "../choices.ts";
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
export function validateApi({ store, tokens, switches }: Context): Hono {
  const api = new Hono();
  /** Tokens that were valid once; asked only when tokens are for single use. */
  const used = new BoundedMap<true>(MAX_REMEMBERED_ACTIONS);

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
      return c.json({
        isValid: false,
        ...(switches.expiredToken === "named" ? { error: EXPIRED_TOKEN_ERROR } : {}),
      });
    }
    const isSpent = switches.validationToken === "single-use" && used.get(token) === true;
    const isValid = switches.validStates.includes(action.state) && !isSpent;
    if (isValid) {
      used.set(token, true);
    }
    const { userId, actionCode, idempotencyKey, state, stateUpdatedAt, verificationMethod } = action;
    return c.json({
      isValid,
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
