import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "./context.ts";
import { faultSchema } from "./faults.ts";
import { OUTCOMES, TENANT_METHODS } from "./model.ts";
import { rulePatchSchema, saveRule } from "./rule-editing.ts";
import { invalidRequest, notFound } from "./server-api/errors.ts";
import { actionCodeSchema, check, checkBody } from "./server-api/input.ts";

const methodsSchema = z.array(z.enum(TENANT_METHODS)).min(1);
const actionSchema = z.strictObject({
  defaultOutcome: z.enum(OUTCOMES).optional(),
  verificationMethods: methodsSchema.optional(),
});

/** What programs use to steer and watch the stand-in. Not part of Authsignal. */
export function control(context: Context): Hono {
  const { store, inbox, webhooks, faults, verifier } = context;
  const app = new Hono();

  app.get("/control/inbox", (c) => c.json(inbox.messages(c.req.query("to"))));
  app.get("/control/actions", (c) => c.json(store.actions().toReversed()));
  app.get("/control/deliveries", (c) => c.json(webhooks.deliveries()));
  app.get("/control/rules", (c) => c.json([...store.configurations.values()]));

  app.get("/control/users/:userId/totp", (c) => {
    const apps = store
      .authenticatorsOf(c.req.param("userId"))
      .filter((one) => one.verificationMethod === "AUTHENTICATOR_APP");
    return c.json(
      apps.map((one) => ({
        userAuthenticatorId: one.userAuthenticatorId,
        secret: one.secret,
        code: verifier.nextAppCode(one),
      })),
    );
  });

  app.post("/control/fault", async (c) => {
    const body = await checkBody(c, faultSchema);
    if (!body.ok) {
      return body.refusal;
    }
    faults.current = body.value;
    return c.body(null, 204);
  });

  app.delete("/control/fault", (c) => {
    faults.current = undefined;
    return c.body(null, 204);
  });

  app.put("/control/actions/:actionCode", async (c) => {
    const actionCode = check(actionCodeSchema, c.req.param("actionCode"));
    if (!actionCode.ok) {
      return actionCode.refusal;
    }
    const body = await checkBody(c, actionSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const configuration = store.ensureConfiguration(actionCode.value);
    configuration.defaultOutcome = body.value.defaultOutcome ?? configuration.defaultOutcome;
    configuration.verificationMethods = body.value.verificationMethods ?? configuration.verificationMethods;
    return c.json(configuration);
  });

  app.put("/control/rules/:actionCode/:ruleId", async (c) => {
    const path = check(z.object({ actionCode: actionCodeSchema, ruleId: actionCodeSchema }), c.req.param());
    if (!path.ok) {
      return path.refusal;
    }
    const body = await checkBody(c, rulePatchSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const saved = saveRule(store.ensureConfiguration(path.value.actionCode), path.value.ruleId, body.value);
    return saved.ok ? c.json(saved.rule) : invalidRequest(saved.problem);
  });

  app.delete("/control/rules/:actionCode/:ruleId", (c) => {
    const configuration = store.configurations.get(c.req.param("actionCode"));
    const rest = configuration?.rules.filter((rule) => rule.ruleId !== c.req.param("ruleId"));
    if (configuration === undefined || rest?.length === configuration.rules.length) {
      return notFound("The rule does not exist.");
    }
    configuration.rules = rest ?? [];
    return c.body(null, 204);
  });

  app.delete("/control/users/:userId/authenticators/:id", (c) => {
    const removed = store.removeAuthenticator(c.req.param("userId"), c.req.param("id"));
    if (removed === undefined) {
      return notFound("The authenticator does not exist.");
    }
    webhooks.authenticatorEvent("authenticator.deleted", removed);
    return c.body(null, 204);
  });

  app.post("/control/reset", (c) => {
    store.reset();
    inbox.clear();
    webhooks.clear();
    verifier.clear();
    faults.current = undefined;
    return c.body(null, 204);
  });

  return app;
}
