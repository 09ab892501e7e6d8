import { Hono } from "hono";
import { randomUUID } from "node:crypto";
import type { Context } from "../context.ts";
import type { ActionConfiguration, Rule } from "../model.ts";
import { rulePatchSchema, saveRule } from "../rule-editing.ts";
import { rulesInOrder } from "../rules.ts";
import { invalidRequest, notFound } from "../server-api/errors.ts";
import { checkBody } from "../server-api/input.ts";

const PATH = "/action-configurations/:actionCode/rules";

const createSchema = rulePatchSchema.required({ name: true, type: true, conditions: true });

/** The rules of an action (reference 7.3). */
export function rulesApi({ store, tenant, tenantId }: Context): Hono {
  const api = new Hono();

  api.get(PATH, (c) => {
    const configuration = store.configurations.get(c.req.param("actionCode"));
    return configuration === undefined
      ? unknown()
      : c.json(rulesInOrder(configuration).map((rule) => shown(configuration, rule)));
  });

  api.post(PATH, async (c) => {
    const configuration = store.configurations.get(c.req.param("actionCode"));
    if (configuration === undefined) {
      return unknown();
    }
    const body = await checkBody(c, createSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const saved = saveRule(configuration, randomUUID(), body.value, new Set(tenant.valueLists.keys()));
    return saved.ok ? c.json(shown(configuration, saved.rule)) : invalidRequest(saved.problem);
  });

  api.get(`${PATH}/:ruleId`, (c) => {
    const { configuration, rule } = find(c.req.param());
    return configuration === undefined || rule === undefined ? unknown() : c.json(shown(configuration, rule));
  });

  api.patch(`${PATH}/:ruleId`, async (c) => {
    const { configuration, rule } = find(c.req.param());
    if (configuration === undefined || rule === undefined) {
      return unknown();
    }
    const body = await checkBody(c, rulePatchSchema);
    if (!body.ok) {
      return body.refusal;
    }
    const saved = saveRule(configuration, rule.ruleId, body.value, new Set(tenant.valueLists.keys()));
    return saved.ok ? c.json(shown(configuration, saved.rule)) : invalidRequest(saved.problem);
  });

  api.delete(`${PATH}/:ruleId`, (c) => {
    const { configuration, rule } = find(c.req.param());
    if (configuration === undefined || rule === undefined) {
      return unknown();
    }
    configuration.rules = configuration.rules.filter((one) => one !== rule);
    return c.json({ success: true });
  });

  return api;

  function find({ actionCode, ruleId }: { actionCode: string; ruleId: string }): {
    configuration: ActionConfiguration | undefined;
    rule: Rule | undefined;
  } {
    const configuration = store.configurations.get(actionCode);
    return { configuration, rule: configuration?.rules.find((one) => one.ruleId === ruleId) };
  }

  function shown({ actionCode }: ActionConfiguration, rule: Rule): Record<string, unknown> {
    return { ...rule, actionCode, tenantId };
  }
}

const unknown = (): Response => notFound("The rule does not exist.");
