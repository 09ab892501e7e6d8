import { Hono } from "hono";
import * as z from "zod";
import { ACTION_LOOK_BACK_DAYS } from "../choices.ts";
import type { Context } from "../context.ts";
import { USER_ACTION_STATES } from "../model.ts";
import type { TrackedAction } from "../model.ts";
import { invalidRequest, notFound } from "./errors.ts";
import { actionCodeSchema, check, checkBody, idempotencyKeySchema, userIdSchema } from "./input.ts";

const DAY_MS = 86_400_000;

const pathSchema = z.object({
  userId: userIdSchema,
  action: actionCodeSchema,
  idempotencyKey: idempotencyKeySchema,
});
const stateSchema = z.enum(USER_ACTION_STATES);
const querySchema = z.strictObject({
  fromDate: z.union([z.iso.datetime({ offset: true }), z.iso.date()]).optional(),
  codes: z.string().optional(),
  state: stateSchema.optional(),
});

/** Reading and changing tracked actions (reference 2.7). */
export function actionsApi({ store, switches, nowMs }: Context): Hono {
  const api = new Hono();

  api.get("/users/:userId/actions", (c) => {
    const userId = check(userIdSchema, c.req.param("userId"));
    const query = check(querySchema, c.req.query());
    if (!userId.ok || !query.ok) {
      return userId.ok ? (query.ok ? notFound("") : query.refusal) : userId.refusal;
    }
    const { fromDate, codes, state } = query.value;
    const earliestMs = nowMs() - ACTION_LOOK_BACK_DAYS * DAY_MS;
    const fromMs = Math.max(earliestMs, fromDate === undefined ? earliestMs : Date.parse(fromDate));
    const wanted = codes?.split(",");
    const found = store
      .actions()
      .toReversed()
      .filter((action) => action.userId === userId.value && Date.parse(action.createdAt) >= fromMs)
      .filter((action) => wanted === undefined || wanted.includes(action.actionCode))
      .filter((action) => state === undefined || action.state === state);
    return c.json(
      found.map((action) => ({
        actionCode: action.actionCode,
        idempotencyKey: action.idempotencyKey,
        createdAt: action.createdAt,
        updatedAt: action.stateUpdatedAt,
        state: action.state,
        stateUpdatedAt: action.stateUpdatedAt,
        verificationMethod: action.verificationMethod,
        verifiedByAuthenticatorId: action.verifiedByAuthenticatorId,
        userAgent: action.userAgent,
        ipAddress: action.ipAddress,
        countryCode: action.countryCode,
      })),
    );
  });

  api.get("/users/:userId/actions/:action/:idempotencyKey", (c) => {
    const action = find(c.req.param());
    return action instanceof Response ? action : c.json(publicAction(action));
  });

  api.patch("/users/:userId/actions/:action/:idempotencyKey", async (c) => {
    const action = find(c.req.param());
    if (action instanceof Response) {
      return action;
    }
    const body = await checkBody(c, z.strictObject({ state: stateSchema }));
    if (!body.ok) {
      return body.refusal;
    }
    if (switches.updateActionFrom === "required" && !action.state.endsWith("_REQUIRED")) {
      return invalidRequest(`state: The action is ${action.state} and waits for nothing.`);
    }
    store.setActionState(action, body.value.state);
    return c.json(publicAction(action));
  });

  return api;

  function find(params: unknown): TrackedAction | Response {
    const path = check(pathSchema, params);
    if (!path.ok) {
      return path.refusal;
    }
    const { userId, action: actionCode, idempotencyKey } = path.value;
    return store.action({ userId, actionCode, idempotencyKey }) ?? notFound("The action does not exist.");
  }
}

function publicAction(action: TrackedAction): Record<string, unknown> {
  const { state, stateUpdatedAt, createdAt, verificationMethod, rules, priorityRuleId, custom } = action;
  const ruleIds = rules.map((rule) => rule.ruleId);
  return {
    state,
    stateUpdatedAt,
    createdAt,
    verificationMethod,
    rules,
    ruleIds,
    priorityRuleId,
    output: { custom },
  };
}
