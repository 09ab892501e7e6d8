import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "../context.ts";
import { OUTCOMES, TENANT_METHODS } from "../model.ts";
import type { ActionConfiguration } from "../model.ts";
import { given } from "../rule-editing.ts";
import { apiError, invalidRequest, notFound } from "../server-api/errors.ts";
import { actionCodeSchema, checkBody } from "../server-api/input.ts";

const fields = {
  defaultUserActionResult: z.enum(OUTCOMES),
  messagingTemplates: z.json(),
  verificationMethods: z.array(z.enum(TENANT_METHODS)).min(1),
  promptToEnrollVerificationMethods: z.array(z.enum(["PASSKEY"])),
  defaultVerificationMethod: z.enum(TENANT_METHODS),
  // The documentation demands HTTPS; here http reaches what runs on this machine.
  verificationWebhookUrl: z.url({ protocol: /^https?$/ }),
  actionType: z.enum(["CLASSIC", "FLOW"]),
};
const createSchema = z.strictObject({
  actionCode: actionCodeSchema,
  defaultUserActionResult: fields.defaultUserActionResult.optional(),
  messagingTemplates: fields.messagingTemplates.optional(),
  verificationMethods: fields.verificationMethods.optional(),
  promptToEnrollVerificationMethods: fields.promptToEnrollVerificationMethods.nullish(),
  defaultVerificationMethod: fields.defaultVerificationMethod.nullish(),
  verificationWebhookUrl: fields.verificationWebhookUrl.nullish(),
  actionType: fields.actionType.optional(),
});
const patchSchema = createSchema.omit({ actionCode: true });
type Patch = z.infer<typeof patchSchema>;

/** `/action-configurations` (reference 7.3). A PATCH leaves what is absent, and null clears. */
export function actionConfigurationsApi({ store, tenantId }: Context): Hono {
  const api = new Hono();
  const isFlow = ({ actionType }: Patch): boolean => actionType === "FLOW";

  api.get("/action-configurations", (c) => c.json([...store.configurations.values()].map(shown)));

  api.post("/action-configurations", async (c) => {
    const body = await checkBody(c, createSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const { actionCode, ...patch } = body.value;
    if (store.configurations.has(actionCode)) {
      return apiError(409, "already_exists", "The action configuration exists.");
    }
    return isFlow(patch) ? refuseFlow() : c.json(shown(change(store.ensureConfiguration(actionCode), patch)));
  });

  api.get("/action-configurations/:actionCode", (c) => {
    const configuration = store.configurations.get(c.req.param("actionCode"));
    return configuration === undefined ? unknown() : c.json(shown(configuration));
  });

  api.patch("/action-configurations/:actionCode", async (c) => {
    const configuration = store.configurations.get(c.req.param("actionCode"));
    if (configuration === undefined) {
      return unknown();
    }
    const body = await checkBody(c, patchSchema);
    if (!body.ok) {
      return body.refusal;
    }
    return isFlow(body.value) ? refuseFlow() : c.json(shown(change(configuration, body.value)));
  });

  api.delete("/action-configurations/:actionCode", (c) =>
    store.configurations.delete(c.req.param("actionCode")) ? c.json({ success: true }) : unknown(),
  );

  return api;

  function shown(configuration: ActionConfiguration): Record<string, unknown> {
    const { defaultOutcome, rules: _rules, ...rest } = configuration;
    return { ...rest, defaultUserActionResult: defaultOutcome, actionType: "CLASSIC", tenantId };
  }
}

function change(configuration: ActionConfiguration, patch: Patch): ActionConfiguration {
  const { defaultUserActionResult, actionType: _actionType, ...rest } = patch;
  return Object.assign(configuration, given({ ...rest, defaultOutcome: defaultUserActionResult }));
}

const unknown = (): Response => notFound("The action configuration does not exist.");
const refuseFlow = (): Response => invalidRequest("actionType: Flows are not supported here.");
