import { Hono } from "hono";
import * as OTPAuth from "otpauth";
import * as z from "zod";
import type { Context } from "../context.ts";
import { TENANT_METHODS } from "../model.ts";
import type { Authenticator } from "../model.ts";
import { invalidRequest, notFound } from "./errors.ts";
import { check, checkBody, phoneNumberSchema, userIdSchema } from "./input.ts";

const enrolSchema = z.strictObject({
  verificationMethod: z.string(),
  email: z.email().optional(),
  phoneNumber: phoneNumberSchema.optional(),
  isDefault: z.boolean().optional(),
  otpUri: z.string().optional(),
});

/** `/users/{userId}/authenticators` (reference 2.4). */
export function authenticatorsApi({ store, webhooks }: Context): Hono {
  const api = new Hono();

  api.get("/users/:userId/authenticators", (c) => {
    const userId = check(userIdSchema, c.req.param("userId"));
    return userId.ok ? c.json(store.authenticatorsOf(userId.value).map(publicAuthenticator)) : userId.refusal;
  });

  api.post("/users/:userId/authenticators", async (c) => {
    const userId = check(userIdSchema, c.req.param("userId"));
    if (!userId.ok) {
      return userId.refusal;
    }
    const body = await checkBody(c, enrolSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const details = enrolmentDetails(body.value);
    if (typeof details === "string") {
      return invalidRequest(details);
    }
    const user = store.ensureUser(userId.value);
    if (details.email !== undefined) {
      Object.assign(user, { email: details.email, emailVerified: true });
    }
    const authenticator = store.addAuthenticator(userId.value, details);
    webhooks.authenticatorEvent("authenticator.created", authenticator);
    return c.json({ authenticator: publicAuthenticator(authenticator) });
  });

  api.delete("/users/:userId/authenticators/:userAuthenticatorId", (c) => {
    const userId = check(userIdSchema, c.req.param("userId"));
    if (!userId.ok) {
      return userId.refusal;
    }
    const removed = store.removeAuthenticator(userId.value, c.req.param("userAuthenticatorId"));
    if (removed === undefined) {
      return notFound("The authenticator does not exist.");
    }
    webhooks.authenticatorEvent("authenticator.deleted", removed);
    return c.json({ success: true });
  });

  return api;
}

/** An authenticator as the API shows it: without its secret. */
export function publicAuthenticator(authenticator: Authenticator): Record<string, unknown> {
  const { secret: _secret, lastTimeStep: _lastTimeStep, ...visible } = authenticator;
  return visible;
}

/** What to store, or the sentence that refuses it. */
function enrolmentDetails(body: z.infer<typeof enrolSchema>):
  | {
      verificationMethod: Authenticator["verificationMethod"];
      email?: string;
      secret?: string;
      isDefault?: boolean;
    }
  | string {
  const { isDefault, email, otpUri } = body;
  const verificationMethod = TENANT_METHODS.find((method) => method === body.verificationMethod);
  const common = isDefault === undefined ? {} : { isDefault };
  switch (verificationMethod) {
    case undefined:
      return `The verification method ${body.verificationMethod} is not enabled for this tenant.`;
    case "EMAIL_OTP":
      return email === undefined
        ? "An email is required for EMAIL_OTP."
        : { ...common, verificationMethod, email };
    case "AUTHENTICATOR_APP": {
      const secret = secretOf(otpUri ?? "");
      return secret === undefined
        ? "A valid otpUri is required for AUTHENTICATOR_APP."
        : { ...common, verificationMethod, secret };
    }
    default:
      return verificationMethod satisfies never;
  }
}

function secretOf(otpUri: string): string | undefined {
  try {
    const otp = OTPAuth.URI.parse(otpUri);
    return otp instanceof OTPAuth.TOTP ? otp.secret.base32 : undefined;
  } catch {
    return undefined;
  }
}
