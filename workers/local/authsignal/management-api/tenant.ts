import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../context.ts";
import { isCidr } from "../ip-facts.ts";
import { checkBody } from "../server-api/input.ts";

// The documentation demands HTTPS; here http reaches what runs on this machine.
const webhookUrlSchema = z.url({ protocol: /^https?$/ });

const patchSchema = z.strictObject({
  name: z.string().min(1).max(256).optional(),
  tokenDurationInMinutes: z.int().min(1).max(1_440).optional(),
  disableRecoveryCodes: z.boolean().optional(),
  hideSuccessScreenOnEnrollment: z.boolean().optional(),
  authenticatorEventsWebhookConfig: z
    .strictObject({ url: webhookUrlSchema, includeCredentialPublicKey: z.boolean().optional() })
    .nullish(),
  logEventsWebhookConfig: z.strictObject({ endpointUrl: webhookUrlSchema }).nullish(),
  ipWhitelist: z
    .array(z.string().refine((text) => isCidr(text) && !text.includes(":"), "must be an IPv4 range"))
    .max(500)
    .optional(),
});

/** `GET` and `PATCH /tenant` (reference 7.3). */
export function tenantApi({ tenant, tenantId, webhooks }: Context): Hono {
  const api = new Hono();

  api.get("/tenant", (c) => c.json(shown()));

  api.patch("/tenant", async (c) => {
    const body = await checkBody(c, patchSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const { authenticatorEventsWebhookConfig, logEventsWebhookConfig, ...settings } = body.value;
    Object.assign(tenant.settings, settings);
    if (authenticatorEventsWebhookConfig !== undefined) {
      webhooks.behaviour.url = authenticatorEventsWebhookConfig?.url;
      webhooks.behaviour.includeCredentialPublicKey =
        authenticatorEventsWebhookConfig?.includeCredentialPublicKey ?? false;
    }
    if (logEventsWebhookConfig !== undefined) {
      webhooks.behaviour.logUrl = logEventsWebhookConfig?.endpointUrl;
    }
    return c.json(shown());
  });

  return api;

  function shown(): Record<string, unknown> {
    const { url, logUrl, includeCredentialPublicKey } = webhooks.behaviour;
    return {
      tenantId,
      ...tenant.settings,
      authenticatorEventsWebhookConfig: url === undefined ? null : { url, includeCredentialPublicKey },
      logEventsWebhookConfig: logUrl === undefined ? null : { endpointUrl: logUrl },
    };
  }
}
