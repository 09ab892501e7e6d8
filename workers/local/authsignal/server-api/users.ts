import { Hono } from "hono";
import * as z from "zod";
import { MAX_USER_QUERY_LIMIT } from "../choices.ts";
import type { Context } from "../context.ts";
import { TENANT_METHODS } from "../model.ts";
import type { User } from "../model.ts";
import { invalidRequest } from "./errors.ts";
import { check, checkBody, customSchema, phoneNumberSchema, userIdSchema } from "./input.ts";

const attributesSchema = z.strictObject({
  email: z.email().optional(),
  emailVerified: z.boolean().optional(),
  phoneNumber: phoneNumberSchema.optional(),
  phoneNumberVerified: z.boolean().optional(),
  username: z.string().min(1).optional(),
  displayName: z.string().optional(),
  custom: customSchema.optional(),
  locale: z.string().optional(),
  defaultVerificationMethod: z.enum(TENANT_METHODS).optional(),
});

const querySchema = z.strictObject({
  username: z.string().optional(),
  email: z.string().optional(),
  phoneNumber: z.string().optional(),
  token: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(MAX_USER_QUERY_LIMIT).optional(),
  lastEvaluatedUserId: z.string().optional(),
});

/** `/users` and `/users/{userId}` (reference 2.3). */
export function usersApi({ store, tenant, sessions, switches, webhooks }: Context): Hono {
  const api = new Hono();

  api.get("/users", (c) => {
    const query = check(querySchema, c.req.query());
    if (!query.ok) {
      return query.refusal;
    }
    const { username, email, phoneNumber, token, limit, lastEvaluatedUserId } = query.value;
    if (token !== undefined) {
      return invalidRequest("Querying by an identity token is not enabled for this tenant.");
    }
    if (username === undefined && email === undefined && phoneNumber === undefined) {
      return invalidRequest("One of username, email or phoneNumber is required.");
    }
    const matches = [...store.users.values()]
      .filter((user) => username === undefined || user.username === username)
      .filter((user) => email === undefined || user.email === email)
      .filter((user) => phoneNumber === undefined || user.phoneNumber === phoneNumber)
      .filter((user) => lastEvaluatedUserId === undefined || user.userId > lastEvaluatedUserId)
      .sort((a, b) => (a.userId < b.userId ? -1 : 1));
    const page = matches.slice(0, limit ?? switches.userQueryLimit);
    return c.json({
      users: page.map((user) => ({
        userId: user.userId,
        email: user.email,
        emailVerified: user.emailVerified,
        phoneNumber: user.phoneNumber,
        phoneNumberVerified: user.phoneNumberVerified,
        username: user.username,
      })),
      ...(page.length < matches.length ? { lastEvaluatedUserId: page.at(-1)?.userId } : {}),
    });
  });

  api.get("/users/:userId", (c) => {
    const userId = check(userIdSchema, c.req.param("userId"));
    if (!userId.ok) {
      return userId.refusal;
    }
    const user: User = store.users.get(userId.value) ?? {
      userId: userId.value,
      emailVerified: false,
      phoneNumberVerified: false,
    };
    const methods = store.methodsOf(userId.value);
    const { userId: _ownPath, ...attributes } = user;
    return c.json({
      isEnrolled: methods.length > 0,
      ...attributes,
      enrolledVerificationMethods: methods,
      allowedVerificationMethods: tenant.methods(),
      defaultVerificationMethod: store.authenticatorsOf(userId.value).find((one) => one.isDefault)
        ?.verificationMethod,
    });
  });

  // Older SDKs send POST.
  api.on(["PATCH", "POST"], "/users/:userId", async (c) => {
    const userId = check(userIdSchema, c.req.param("userId"));
    if (!userId.ok) {
      return userId.refusal;
    }
    const attributes = await checkBody(c, attributesSchema);
    if (!attributes.ok) {
      return attributes.refusal;
    }
    const { defaultVerificationMethod, ...details } = attributes.value;
    if (
      defaultVerificationMethod !== undefined &&
      !store.setDefaultMethod(userId.value, defaultVerificationMethod)
    ) {
      return invalidRequest("defaultVerificationMethod: The user has no such authenticator.");
    }
    const user = Object.assign(store.ensureUser(userId.value), details);
    const { email, emailVerified, phoneNumber, phoneNumberVerified } = attributes.value;
    if (email !== undefined && emailVerified === true) {
      move(userId.value, "email", email);
    }
    if (phoneNumber !== undefined && phoneNumberVerified === true) {
      move(userId.value, "phoneNumber", phoneNumber);
    }
    const { userId: _ownPath, ...answer } = user;
    return c.json(answer);
  });

  api.delete("/users/:userId", (c) => {
    const userId = check(userIdSchema, c.req.param("userId"));
    if (!userId.ok) {
      return userId.refusal;
    }
    store.deleteUser(userId.value);
    sessions.revokeAllOf(userId.value);
    return c.json({ success: true });
  });

  return api;

  /** Documented: a new verified address takes the existing authenticators along. */
  function move(userId: string, field: "email" | "phoneNumber", address: string): void {
    for (const authenticator of store.authenticatorsOf(userId)) {
      if (authenticator[field] !== undefined && authenticator[field] !== address) {
        authenticator[field] = address;
        webhooks.authenticatorEvent("authenticator.updated", authenticator);
      }
    }
  }
}
