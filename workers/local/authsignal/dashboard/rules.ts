import { Hono } from "hono";
import { html } from "hono/html";
import type { Context } from "../context.ts";
import { OUTCOMES, TENANT_METHODS } from "../model.ts";
import type { ActionConfiguration, Rule } from "../model.ts";
import { seeOther } from "../page.ts";
import type { Markup } from "../page.ts";
import { rulePatchSchema, saveRule, simpleComparison } from "../rule-editing.ts";
import { rulesInOrder } from "../rules.ts";
import { reasons } from "../server-api/input.ts";
import { formFields } from "../ui/form.ts";
import { humanName } from "../words.ts";
import { dashboardPage } from "./layout.ts";
import { defaultOutcomeForm, newRuleForm, ruleForm } from "./rule-form.ts";
import type { Refused } from "./rule-form.ts";

/** The rules of every action, and their editors. What is saved decides the next `track`. */
export function rulesPages({ store }: Context): Hono {
  const pages = new Hono();

  pages.get("/dashboard/rules", (c) =>
    show(c.req.query("done") === "saved" ? "Saved. The next action meets it." : undefined),
  );

  pages.post("/dashboard/rules/:actionCode/default-outcome", async (c) => {
    const configuration = store.configurations.get(c.req.param("actionCode"));
    const posted = (await formFields(c)).get("defaultOutcome");
    const chosen = OUTCOMES.find((one) => one === posted);
    if (configuration === undefined || chosen === undefined) {
      return c.notFound();
    }
    configuration.defaultOutcome = chosen;
    return seeOther("/dashboard/rules?done=saved");
  });

  pages.post("/dashboard/rules/:actionCode/new-rule", async (c) => {
    const configuration = store.configurations.get(c.req.param("actionCode"));
    if (configuration === undefined) {
      return c.notFound();
    }
    const typed = await formFields(c);
    const name = (typed.get("name") ?? "").trim();
    const ruleId = freeRuleId(configuration, name);
    const threshold = Number(typed.get("threshold") || Number.NaN);
    const variable = typed.get("variable") ?? "";
    if (name === "" || Number.isNaN(threshold) || !/^\w{1,64}$/.test(variable)) {
      return refuse(configuration, {
        ruleId: "",
        problem: "A rule needs a name, a custom value and a number.",
        typed,
      });
    }
    return save(configuration, ruleId, "", typed, {
      name,
      type: typed.get("type"),
      conditions: { ">": [{ var: `custom.${variable}` }, threshold] },
    });
  });

  pages.post("/dashboard/rules/:actionCode/:ruleId", async (c) => {
    const configuration = store.configurations.get(c.req.param("actionCode"));
    const rule = configuration?.rules.find((one) => one.ruleId === c.req.param("ruleId"));
    if (configuration === undefined || rule === undefined) {
      return c.notFound();
    }
    const typed = await formFields(c);
    const conditions = editedConditions(rule, typed);
    if (conditions === undefined) {
      return refuse(configuration, {
        ruleId: rule.ruleId,
        problem: "The conditions are not valid JSON.",
        typed,
      });
    }
    const methods = TENANT_METHODS.filter((method) => typed.has(`method-${method}`));
    return save(configuration, rule.ruleId, rule.ruleId, typed, {
      isActive: typed.has("isActive"),
      type: typed.get("type"),
      conditions: conditions.value,
      // The form has these fields only while the rule challenges.
      ...(rule.type === "CHALLENGE" ? { verificationMethods: methods } : {}),
    });
  });

  return pages;

  async function save(
    configuration: ActionConfiguration,
    ruleId: string,
    formId: string,
    typed: ReadonlyMap<string, string>,
    patch: unknown,
  ): Promise<Response> {
    const checked = rulePatchSchema.safeParse(patch);
    const saved = checked.success
      ? saveRule(configuration, ruleId, checked.data)
      : { ok: false as const, problem: reasons(checked.error) };
    return saved.ok
      ? seeOther("/dashboard/rules?done=saved")
      : refuse(configuration, { ruleId: formId, problem: saved.problem, typed });
  }

  function refuse(configuration: ActionConfiguration, refused: Refused): Promise<Response> {
    return show(undefined, { configuration, refused });
  }

  function show(
    notice: string | undefined,
    failure?: { configuration: ActionConfiguration; refused: Refused },
  ): Promise<Response> {
    return dashboardPage({
      section: "Rules",
      intro:
        "For each action, the first rule that is triggered decides. What you save holds from the next action on.",
      notice,
      ...(failure === undefined ? {} : { status: 400 }),
      content: html`${[...store.configurations.values()].map((configuration) =>
        panel(configuration, failure?.configuration === configuration ? failure.refused : undefined),
      )}`,
    });
  }
}

function panel(configuration: ActionConfiguration, refused: Refused | undefined): Markup {
  return html`<section class="panel" aria-label="${humanName(configuration.actionCode)}">
    <header>
      <h2>${humanName(configuration.actionCode)}</h2>
      <p><code>${configuration.actionCode}</code></p>
    </header>
    ${rulesInOrder(configuration).map((rule) => ruleForm(configuration, rule, refused))}
    ${defaultOutcomeForm(configuration)} ${newRuleForm(configuration, refused)}
  </section>`;
}

/** The raw JsonLogic when it was edited, else the threshold put into the condition. Nothing: it is not JSON. */
function editedConditions(rule: Rule, typed: ReadonlyMap<string, string>): { value: unknown } | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(typed.get("conditions") ?? JSON.stringify(rule.conditions));
  } catch {
    return undefined;
  }
  const comparison = simpleComparison(rule.conditions);
  const isEdited = JSON.stringify(raw) !== JSON.stringify(rule.conditions);
  const threshold = typed.get("threshold");
  return isEdited || comparison === undefined || threshold === undefined || threshold.trim() === ""
    ? { value: raw }
    : { value: { [comparison.operator]: [{ var: comparison.variable }, Number(threshold)] } };
}

function freeRuleId(configuration: ActionConfiguration, name: string): string {
  const base =
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "")
      .slice(0, 40) || "rule";
  const isTaken = (id: string): boolean => configuration.rules.some((rule) => rule.ruleId === id);
  let number = 1;
  while (isTaken(number === 1 ? base : `${base}-${number}`)) {
    number += 1;
  }
  return number === 1 ? base : `${base}-${number}`;
}
