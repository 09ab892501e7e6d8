import { Hono } from "hono";
import * as OTPAuth from "otpauth";
import * as z from "zod";
import type { Context } from "../context.ts";
import { publicAuthenticator } from "../public-authenticator.ts";
import type { AuthenticatorDetails } from "../state.ts";
import type { Tenant } from "../tenant.ts";
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
export function authenticatorsApi({ store, tenant, webhooks }: Context): Hono {
  const api = new Hono();

  api.get("/authenticators", (c) => c.json([...tenant.authenticators.values()]));

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
    const details = enrolmentDetails(body.value, tenant);
    if (typeof details === "string") {
      return invalidRequest(details);
    }
    const user = store.ensureUser(userId.value);
    if (details.email !== undefined) {
      Object.assign(user, { email: details.email, emailVerified: true });
    }
    if (details.phoneNumber !== undefined) {
      Object.assign(user, { phoneNumber: details.phoneNumber, phoneNumberVerified: true });
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

/** What to store, or the sentence that refuses it. The documentation names the four methods that are taken. */
function enrolmentDetails(body: z.infer<typeof enrolSchema>, tenant: Tenant): AuthenticatorDetails | string {
  const { isDefault, email, phoneNumber, otpUri } = body;
  const verificationMethod = tenant.methods().find((method) => method === body.verificationMethod);
  const common = isDefault === undefined ? {} : { isDefault };
  switch (verificationMethod) {
    case undefined:
      return `The verification method ${body.verificationMethod} is not enabled for this tenant.`;
    case "EMAIL_OTP":
    case "EMAIL_MAGIC_LINK":
      return email === undefined
        ? `An email is required for ${verificationMethod}.`
        : { ...common, verificationMethod, email };
    case "SMS":
      return phoneNumber === undefined
        ? "A phoneNumber is required for SMS."
        : { ...common, verificationMethod, phoneNumber };
    case "AUTHENTICATOR_APP": {
      const secret = secretOf(otpUri ?? "");
      return secret === undefined
        ? "A valid otpUri is required for AUTHENTICATOR_APP."
        : { ...common, verificationMethod, secret };
    }
    default:
      return `A ${verificationMethod} authenticator cannot be enrolled by a server.`;
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
