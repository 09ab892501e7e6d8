import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../context.ts";
import { factsOf } from "../facts.ts";
import { locate } from "../ip-facts.ts";
import type { ActionKey, TrackedAction } from "../model.ts";
import { judge } from "../rules.ts";
import type { Verdict } from "../rules.ts";
import { bindChallenge } from "./bind-challenge.ts";
import { apiError, invalidRequest } from "./errors.ts";
import { initialState } from "./initial-state.ts";
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
export const DEFAULT_SCOPE = "read:authenticators";
const SCOPE =
  /^(?:(?:read|add|remove|update):authenticators)(?: (?:read|add|remove|update):authenticators)*$/;
export const scopeSchema = z.string().regex(SCOPE);
export const ipAddressSchema = z.union([z.ipv4(), z.ipv6()]);

const pathSchema = z.object({ userId: userIdSchema, action: actionCodeSchema });
const attributesSchema = z.strictObject({
  idempotencyKey: idempotencyKeySchema.optional(),
  redirectUrl: z.url({ protocol: /^https?$/ }).optional(),
  redirectToSettings: z.boolean().optional(),
  ipAddress: ipAddressSchema.optional(),
  userAgent: z.string().optional(),
  deviceId: z.string().min(1).optional(),
  scope: scopeSchema.optional(),
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
export function trackApi(context: Context): Hono {
  const { store, tokens, tenant, switches, challenges, publicUrl } = context;
  const api = new Hono();

  api.post("/users/:userId/actions/:action", async (c) => {
    const path = check(pathSchema, c.req.param());
    if (!path.ok) {
      return path.refusal;
    }
    const body = await checkBody(c, attributesSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const { userId, action: actionCode } = path.value;
    const key = { userId, actionCode, idempotencyKey: body.value.idempotencyKey ?? randomUUID() };
    const known = store.action(key);
    const refusal = refuse(key, body.value, known !== undefined);
    if (refusal !== undefined) {
      return refusal;
    }
    const action =
      known === undefined || switches.repeatTrack === "reevaluate" ? begin(key, body.value) : known;
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

  /** What the documentation refuses, and what choices do. */
  function refuse(key: ActionKey, attributes: Attributes, isKnown: boolean): Response | undefined {
    const { challengeId, redirectUrl } = attributes;
    if (tenant.methods().length === 0) {
      return apiError(400, "AUTHENTICATOR_NOT_FOUND", "The tenant has no authenticator configured.");
    }
    if (isKnown && switches.repeatTrack === "conflict") {
      return apiError(409, "conflict", "The action was tracked before.");
    }
    const { redirectUrlPrefixes } = switches;
    if (
      redirectUrl !== undefined &&
      redirectUrlPrefixes.length > 0 &&
      !redirectUrlPrefixes.some((prefix) => redirectUrl.startsWith(prefix))
    ) {
      return invalidRequest("redirectUrl: It is not one of those that are allowed.");
    }
    const challenge = challengeId === undefined ? undefined : challenges.get(challengeId);
    const isUsable =
      challenge !== undefined &&
      (challenge.userId === undefined || challenge.userId === key.userId) &&
      (challenge.actionCode === undefined || challenge.actionCode === key.actionCode) &&
      !challenge.isClaimed;
    return challengeId === undefined || isUsable
      ? undefined
      : invalidRequest("challengeId: There is no such challenge.");
  }

  /** Evaluates the rules and remembers the action, in one step without waiting. */
  function begin(key: ActionKey, attributes: Attributes): TrackedAction {
    const user = store.ensureUser(key.userId);
    for (const name of ["email", "phoneNumber", "username"] as const) {
      const given = attributes[name];
      if (given !== undefined && (user[name] === undefined || switches.trackedAddress === "overwrite")) {
        user[name] = given;
      }
    }
    const configuration = store.ensureConfiguration(key.actionCode);
    const facts = factsOf(context, key, user, attributes);
    const verdict = judge(configuration, facts, {
      lists: tenant.lists(),
      missingVariable: switches.missingVariable,
    });
    const now = store.now();
    configuration.lastActionCreatedAt = now;
    const action: TrackedAction = {
      ...key,
      createdAt: now,
      state: initialState(
        verdict.outcome,
        store.methodsOf(key.userId),
        verdict.verificationMethods,
        switches.withoutAllowedMethod,
      ),
      stateUpdatedAt: now,
      outcome: verdict.outcome,
      rules: verdict.rules,
      priorityRuleId: verdict.priorityRuleId,
      allowedVerificationMethods: allowedMethods(verdict),
      defaultVerificationMethod: verdict.defaultVerificationMethod,
      promptToEnrollVerificationMethods: verdict.promptToEnrollVerificationMethods,
      trace: verdict.trace,
      custom: attributes.custom ?? {},
      scope: attributes.scope ?? DEFAULT_SCOPE,
      redirectUrl: attributes.redirectUrl,
      redirectToSettings: attributes.redirectToSettings,
      ipAddress: attributes.ipAddress,
      countryCode:
        attributes.ipAddress === undefined
          ? undefined
          : locate(attributes.ipAddress, tenant.ipRanges)?.countryCode,
      userAgent: attributes.userAgent,
      deviceId: attributes.deviceId,
      locale: attributes.locale,
    };
    store.addAction(action);
    if (attributes.challengeId !== undefined) {
      bindChallenge(context, action, attributes.challengeId);
    }
    return action;
  }

  function defaultMethod(action: TrackedAction): string | undefined {
    const { userId, allowedVerificationMethods, defaultVerificationMethod } = action;
    const usable = store
      .authenticatorsOf(userId)
      .filter((one) => allowedVerificationMethods.includes(one.verificationMethod));
    const wanted = usable.find((one) => one.verificationMethod === defaultVerificationMethod);
    return (wanted ?? usable.find((one) => one.isDefault) ?? usable[0])?.verificationMethod;
  }

  function allowedMethods({ verificationMethods }: Verdict): Verdict["verificationMethods"] {
    const enabled = tenant.methods();
    return [...new Set(verificationMethods)].filter((method) => enabled.includes(method));
  }
}
