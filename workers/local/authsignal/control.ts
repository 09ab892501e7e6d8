import { Hono } from "hono";
import * as z from "zod";
import type { Context } from "./context.ts";
import { faultSchema, faultsSchema } from "./faults.ts";
import { isCidr } from "./ip-facts.ts";
import { OUTCOMES, TENANT_METHODS } from "./model.ts";
import { orderRules, rulePatchSchema, saveRule } from "./rule-editing.ts";
import { invalidRequest, notFound } from "./server-api/errors.ts";
import { actionCodeSchema, check, checkBody } from "./server-api/input.ts";
import { switchesSchema } from "./switches.ts";

const MAX_CLOCK_SHIFT_MS = 10 * 365 * 24 * 60 * 60 * 1_000;
const MAX_IP_RANGES = 1_000;

const methodsSchema = z.array(z.enum(TENANT_METHODS)).min(1);
const urlSchema = z.url({ protocol: /^https?$/ });
const actionSchema = z.strictObject({
  defaultOutcome: z.enum(OUTCOMES).optional(),
  verificationMethods: methodsSchema.optional(),
  verificationWebhookUrl: urlSchema.nullish(),
});
const clockSchema = z.strictObject({
  shiftMs: z.int().min(-MAX_CLOCK_SHIFT_MS).max(MAX_CLOCK_SHIFT_MS),
});
const webhooksSchema = z.strictObject({
  url: urlSchema.nullish(),
  logUrl: urlSchema.nullish(),
  emailUrl: urlSchema.nullish(),
  smsUrl: urlSchema.nullish(),
  pushUrl: urlSchema.nullish(),
  includeCredentialPublicKey: z.boolean().optional(),
  retryDelayMs: z.int().min(0).optional(),
  logDelayMs: z.int().min(0).optional(),
  duplicates: z.int().min(0).max(20).optional(),
  disorder: z.int().min(0).max(100).optional(),
});
const ipRangesSchema = z
  .array(
    z.strictObject({
      cidr: z.string().refine(isCidr, "must be a range such as 203.0.113.0/24"),
      countryCode: z
        .string()
        .regex(/^[A-Z]{2}$/)
        .optional(),
      isAnonymous: z.boolean().optional(),
    }),
  )
  .max(MAX_IP_RANGES);

/** What programs use to steer and watch the stand-in. Not part of Authsignal. */
export function control(context: Context, state: { reset(): void }): Hono {
  const { store, tenant, inbox, webhooks, faults, verifier, keys, sessions, clock, switches } = context;
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

  app.get("/control/faults", (c) => c.json(faults.list()));

  /** Replaces every fault by one. */
  app.post("/control/fault", async (c) => {
    const body = await checkBody(c, faultSchema);
    if (!body.ok) {
      return body.refusal;
    }
    faults.set([body.value]);
    return c.body(null, 204);
  });

  app.put("/control/faults", async (c) => {
    const body = await checkBody(c, faultsSchema);
    if (!body.ok) {
      return body.refusal;
    }
    faults.set(body.value);
    return c.body(null, 204);
  });

  for (const path of ["/control/fault", "/control/faults"]) {
    app.delete(path, (c) => {
      faults.set([]);
      return c.body(null, 204);
    });
  }

  app.get("/control/clock", (c) => c.json({ shiftMs: clock.shiftMs, now: store.now() }));

  app.put("/control/clock", async (c) => {
    const body = await checkBody(c, clockSchema);
    if (!body.ok) {
      return body.refusal;
    }
    clock.shiftMs = body.value.shiftMs;
    return c.json({ shiftMs: clock.shiftMs, now: store.now() });
  });

  /** A new server API secret beside the old one, or a new key for session tokens. */
  app.post("/control/keys/rotate", async (c) => {
    const body = await checkBody(
      c,
      z.strictObject({
        kind: z.enum(["server", "sessions"]).default("server"),
        key: z.string().min(1).optional(),
      }),
    );
    if (!body.ok) {
      return body.refusal;
    }
    if (body.value.kind === "sessions") {
      await sessions.keys.rotate();
      return c.json({ keys: await sessions.keys.published() });
    }
    return c.json({ secretKey: keys.rotate(body.value.key), activeKeys: keys.list.length });
  });

  app.post("/control/keys/retire", (c) => {
    keys.retirePrevious();
    return c.json({ activeKeys: keys.list.length });
  });

  app.get("/control/switches", (c) => c.json(switches));

  app.patch("/control/switches", async (c) => {
    const body = await checkBody(c, z.record(z.string(), z.json()));
    if (!body.ok) {
      return body.refusal;
    }
    const changed = check(switchesSchema, { ...switches, ...body.value });
    if (!changed.ok) {
      return changed.refusal;
    }
    return c.json(Object.assign(switches, changed.value));
  });

  app.get("/control/webhooks", (c) => c.json({ ...webhooks.behaviour, waitingRecords: webhooks.logs.size }));

  app.patch("/control/webhooks", async (c) => {
    const body = await checkBody(c, webhooksSchema);
    if (!body.ok) {
      return body.refusal;
    }
    for (const [name, value] of Object.entries(body.value)) {
      Object.assign(webhooks.behaviour, { [name]: value ?? undefined });
    }
    return c.json(webhooks.behaviour);
  });

  /** Sends the log records that wait, now. */
  app.post("/control/webhooks/flush", async (c) => c.json({ accepted: await webhooks.logs.flush() }));

  app.get("/control/ip-ranges", (c) => c.json(tenant.ipRanges));

  app.put("/control/ip-ranges", async (c) => {
    const body = await checkBody(c, ipRangesSchema);
    if (!body.ok) {
      return body.refusal;
    }
    tenant.ipRanges = body.value;
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
    const { defaultOutcome, verificationMethods, verificationWebhookUrl } = body.value;
    configuration.defaultOutcome = defaultOutcome ?? configuration.defaultOutcome;
    configuration.verificationMethods = verificationMethods ?? configuration.verificationMethods;
    if (verificationWebhookUrl !== undefined) {
      configuration.verificationWebhookUrl = verificationWebhookUrl ?? undefined;
    }
    return c.json(configuration);
  });

  app.put("/control/rules/:actionCode", async (c) => {
    const configuration = store.configurations.get(c.req.param("actionCode"));
    const body = await checkBody(c, z.strictObject({ order: z.array(z.string()) }));
    if (!body.ok) {
      return body.refusal;
    }
    return configuration !== undefined && orderRules(configuration, body.value.order)
      ? c.json(configuration)
      : invalidRequest("order: These are not exactly the rules of the action.");
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
    const { actionCode, ruleId } = path.value;
    const lists = new Set(tenant.valueLists.keys());
    const saved = saveRule(store.ensureConfiguration(actionCode), ruleId, body.value, lists);
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
    state.reset();
    return c.body(null, 204);
  });

  return app;
}
