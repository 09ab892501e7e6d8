import { Hono } from "hono";
import * as z from "zod";
import type { Approval } from "../approvals.ts";
import type { Context } from "../context.ts";
import { apiError, notFound } from "../server-api/errors.ts";
import { checkBody } from "../server-api/input.ts";
import { claim, decide, shownOn } from "./decide.ts";
import type { Decision } from "./decide.ts";
import { setUpPhone } from "./set-up.ts";

const answerSchema = z.strictObject({ answer: z.enum(["scan", "approve", "deny"]) });
const setUpSchema = z.strictObject({ verificationMethod: z.enum(["PUSH", "QR_CODE"]) });

/** The phone for programs. Not part of Authsignal. */
export function phoneControl(context: Context): Hono {
  const app = new Hono();

  app.get("/control/phone/:userId", (c) => c.json(shownOn(context, c.req.param("userId")).map(visible)));

  app.post("/control/phone/:userId/set-up", async (c) => {
    const body = await checkBody(c, setUpSchema);
    if (!body.ok) {
      return body.refusal;
    }
    if (!context.store.users.has(c.req.param("userId"))) {
      return notFound("There is no such user.");
    }
    const { userAuthenticatorId } = setUpPhone(context, c.req.param("userId"), body.value.verificationMethod);
    return c.json({ userAuthenticatorId });
  });

  app.post("/control/phone/:userId/:challengeId", async (c) => {
    const body = await checkBody(c, answerSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const { userId, challengeId } = c.req.param();
    const { answer } = body.value;
    const decision =
      answer === "scan"
        ? claim(context, challengeId, userId)
        : await decide(context, challengeId, userId, answer === "approve");
    return decision === "done" ? c.body(null, 204) : refusal(decision);
  });

  return app;
}

/** An approval as the phone may see it: the code for polling stays with the screen. */
function visible({
  challengeId,
  method,
  actionCode,
  custom,
  state,
  expiresAtMs,
}: Approval): Record<string, unknown> {
  const expiresAt = new Date(expiresAtMs).toISOString();
  return { challengeId, verificationMethod: method, actionCode, custom, state, expiresAt };
}

function refusal(decision: Exclude<Decision, "done">): Response {
  switch (decision) {
    case "gone":
      return notFound("There is nothing to answer.");
    case "no_phone":
      return apiError(409, "conflict", "This person has no phone set up for that.");
    case "refused":
      return apiError(409, "conflict", "The action.verify webhook refused.");
    default:
      return decision satisfies never;
  }
}
