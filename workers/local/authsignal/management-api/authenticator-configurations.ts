import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../context.ts";
import { TENANT_METHODS } from "../model.ts";
import type { Method } from "../model.ts";
import { apiError, invalidRequest, notFound } from "../server-api/errors.ts";
import { checkBody } from "../server-api/input.ts";
import type { AuthenticatorConfiguration } from "../tenant.ts";

const MAX_BYTES = 16_384;
const SETTINGS_THAT_ARE_OURS = ["authenticatorId", "verificationMethod"];

const bodySchema = z
  .looseObject({
    isActive: z.boolean().optional(),
    // With the provider WEBHOOK, messages go to this address.
    webhookUrl: z.url({ protocol: /^https?$/ }).nullish(),
  })
  .refine((body) => JSON.stringify(body).length <= MAX_BYTES, "is too long")
  .refine((body) => !SETTINGS_THAT_ARE_OURS.some((name) => name in body), "must not name an identity");

/** Which methods the tenant has, and how they are set up (reference 7.3). Settings that nothing here reads are kept. */
export function authenticatorConfigurationsApi({ tenant, webhooks }: Context): Hono {
  const api = new Hono();
  const { authenticators } = tenant;

  api.get("/authenticator-configurations", (c) => c.json([...authenticators.values()]));

  api.get("/authenticator-configurations/:name", (c) => {
    const configuration = find(c.req.param("name"));
    return configuration === undefined ? unknown() : c.json(configuration);
  });

  api.post("/authenticator-configurations/:name", async (c) => {
    const verificationMethod = methodOf(c.req.param("name"));
    if (verificationMethod === undefined) {
      return invalidRequest("There is no such verification method.");
    }
    if (authenticators.has(verificationMethod)) {
      return apiError(409, "already_exists", "The authenticator configuration exists.");
    }
    const body = await checkBody(c, bodySchema);
    if (!body.ok) {
      return body.refusal;
    }
    const created = {
      authenticatorId: c.req.param("name"),
      verificationMethod,
      isActive: true,
      ...body.value,
    };
    return c.json(take({ ...created, isActive: body.value.isActive ?? true }));
  });

  api.patch("/authenticator-configurations/:name", async (c) => {
    const configuration = find(c.req.param("name"));
    if (configuration === undefined) {
      return unknown();
    }
    const body = await checkBody(c, bodySchema);
    if (!body.ok) {
      return body.refusal;
    }
    const isActive = body.value.isActive ?? configuration.isActive;
    return c.json(take({ ...configuration, ...body.value, isActive }));
  });

  api.delete("/authenticator-configurations/:name", (c) => {
    const configuration = find(c.req.param("name"));
    return configuration !== undefined && authenticators.delete(configuration.verificationMethod)
      ? c.json({ success: true })
      : unknown();
  });

  return api;

  function find(name: string): AuthenticatorConfiguration | undefined {
    const method = methodOf(name);
    return method === undefined ? undefined : authenticators.get(method);
  }

  /** Stores a configuration and points the messages of its method at its webhook. */
  function take(configuration: AuthenticatorConfiguration): AuthenticatorConfiguration {
    authenticators.set(configuration.verificationMethod, configuration);
    if ("webhookUrl" in configuration) {
      const url = typeof configuration["webhookUrl"] === "string" ? configuration["webhookUrl"] : undefined;
      const field = MESSAGE_URLS[configuration.verificationMethod];
      if (field !== undefined) {
        webhooks.behaviour[field] = url;
      }
    }
    return configuration;
  }
}

const MESSAGE_URLS: Readonly<Partial<Record<Method, "emailUrl" | "smsUrl" | "pushUrl">>> = {
  EMAIL_OTP: "emailUrl",
  EMAIL_MAGIC_LINK: "emailUrl",
  SMS: "smsUrl",
  WHATSAPP: "smsUrl",
  PUSH: "pushUrl",
};

/** `email-otp` is EMAIL_OTP. */
function methodOf(name: string): Method | undefined {
  const text = name.toUpperCase().replaceAll("-", "_");
  return TENANT_METHODS.find((method) => method === text);
}

const unknown = (): Response => notFound("The authenticator configuration does not exist.");
