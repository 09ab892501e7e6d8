import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../context.ts";
import type { ActionKey, Outcome, TrackedAction, User, UserActionState } from "../model.ts";
import { judge } from "../rules.ts";
import type { RuleFacts, Verdict } from "../rules.ts";
import { invalidRequest } from "./errors.ts";
import {
  actionCodeSchema,
  check,
  checkBody,
  customSchema,
  idempotencyKeySchema,
  phoneNumberSchema,
  userIdSchema,
} from "./input.ts";

/** Documented default scope of a track token (reference section 4). */
const DEFAULT_SCOPE = "read:authenticators";
const SCOPE =
  /^(?:(?:read|add|remove|update):authenticators)(?: (?:read|add|remove|update):authenticators)*$/;

const attributesSchema = z.strictObject({
  idempotencyKey: idempotencyKeySchema.optional(),
  redirectUrl: z.url({ protocol: /^https?$/ }).optional(),
  redirectToSettings: z.boolean().optional(),
  ipAddress: z.union([z.ipv4(), z.ipv6()]).optional(),
  userAgent: z.string().optional(),
  deviceId: z.string().min(1).optional(),
  scope: z.string().regex(SCOPE).optional(),
  email: z.email().optional(),
  phoneNumber: phoneNumberSchema.optional(),
  username: z.string().min(1).optional(),
  custom: customSchema.optional(),
  challengeId: z.string().optional(),
  locale: z.string().optional(),
  customDomain: z.string().optional(),
});
type Attributes = z.infer<typeof attributesSchema>;

/** `POST /users/{userId}/actions/{action}` (reference 2.5). */
export function trackApi({ store, tokens, publicUrl }: Context): Hono {
  const api = new Hono();

  api.post("/users/:userId/actions/:action", async (c) => {
    const path = check(z.object({ userId: userIdSchema, action: actionCodeSchema }), c.req.param());
    if (!path.ok) {
      return path.refusal;
    }
    const body = await checkBody(c, attributesSchema);
    if (!body.ok) {
      return body.refusal;
    }
    if (body.value.challengeId !== undefined) {
      return invalidRequest("challengeId: There is no such challenge.");
    }
    const { userId, action: actionCode } = path.value;
    const key = { userId, actionCode, idempotencyKey: body.value.idempotencyKey ?? randomUUID() };
    const action = store.action(key) ?? begin(key, body.value);
    const token = await tokens.issue(action, action.scope);
    const url = new URL("/challenge", publicUrl());
    url.searchParams.set("token", token);
    const methods = store.methodsOf(userId);
    const { idempotencyKey, state, allowedVerificationMethods } = action;
    return c.json({
      idempotencyKey,
      state,
      url: url.href,
      token,
      isEnrolled: methods.length > 0,
      enrolledVerificationMethods: methods,
      allowedVerificationMethods,
      defaultVerificationMethod: defaultMethod(action),
      ruleIds: action.rules.map((rule) => rule.ruleId),
    });
  });

  return api;

  /** Evaluates the rules and remembers the action, in one step without waiting. */
  function begin(key: ActionKey, attributes: Attributes): TrackedAction {
    const user = store.ensureUser(key.userId);
    user.email ??= attributes.email;
    user.phoneNumber ??= attributes.phoneNumber;
    user.username ??= attributes.username;
    const verdict = judge(store.ensureConfiguration(key.actionCode), factsOf(key, user, attributes));
    const now = store.now();
    const action: TrackedAction = {
      ...key,
      createdAt: now,
      state: initialState(verdict.outcome, store.methodsOf(key.userId).length > 0),
      stateUpdatedAt: now,
      outcome: verdict.outcome,
      rules: verdict.rules,
      priorityRuleId: verdict.priorityRuleId,
      allowedVerificationMethods: allowedMethods(verdict),
      custom: attributes.custom ?? {},
      scope: attributes.scope ?? DEFAULT_SCOPE,
      redirectUrl: attributes.redirectUrl,
      ipAddress: attributes.ipAddress,
      userAgent: attributes.userAgent,
      deviceId: attributes.deviceId,
    };
    store.addAction(action);
    return action;
  }

  function factsOf(
    { userId, actionCode, idempotencyKey }: ActionKey,
    user: User,
    { ipAddress, deviceId, custom }: Attributes,
  ): RuleFacts {
    const methods = store.methodsOf(userId);
    return {
      ip: ipAddress === undefined ? {} : { address: ipAddress },
      device: deviceId === undefined ? {} : { id: deviceId, isNew: !store.isKnownDevice(userId, deviceId) },
      user: {
        ...user.custom,
        ...user,
        isEnrolled: methods.length > 0,
        enrolledVerificationMethods: methods,
        hasPreviouslyVerified: store.hasVerified(userId),
      },
      custom: custom ?? {},
      action: { code: actionCode, idempotencyKey },
    };
  }

  function defaultMethod({ userId, allowedVerificationMethods }: TrackedAction): string | undefined {
    const usable = store
      .authenticatorsOf(userId)
      .filter((one) => allowedVerificationMethods.includes(one.verificationMethod));
    return (usable.find((one) => one.isDefault) ?? usable[0])?.verificationMethod;
  }
}

function allowedMethods({ verificationMethods }: Verdict): Verdict["verificationMethods"] {
  return [...new Set(verificationMethods)];
}

/** A challenge is only for those who can answer one: without an authenticator the answer is ALLOW (reference 7.1). */
function initialState(outcome: Outcome, isEnrolled: boolean): UserActionState {
  switch (outcome) {
    case "ALLOW":
      return "ALLOW";
    case "BLOCK":
      return "BLOCK";
    case "REVIEW":
      return "REVIEW_REQUIRED";
    case "CHALLENGE":
      return isEnrolled ? "CHALLENGE_REQUIRED" : "ALLOW";
    default:
      return outcome satisfies never;
  }
}
