import { Hono } from "hono";
import { html } from "hono/html";
import type { Context } from "../context.ts";
import { OUTCOMES, TENANT_METHODS } from "../model.ts";
import type { ActionConfiguration, Rule } from "../model.ts";
import { seeOther } from "../page.ts";
import type { Markup } from "../page.ts";
import { orderRules, rulePatchSchema, saveRule } from "../rule-editing.ts";
import { rulesInOrder } from "../rules.ts";
import { reasons } from "../server-api/input.ts";
import { formFields } from "../ui/form.ts";
import { humanName } from "../words.ts";
import { dashboardPage } from "./layout.ts";
import { defaultOutcomeForm, newRuleForm, ruleForm } from "./rule-form.ts";
import type { Refused, Tried } from "./rule-form.ts";
import { editedConditions, freeRuleId, newConditions } from "./rule-reading.ts";
import { sampleFor, tryRule } from "./try-rule.ts";
import type { Trial } from "./try-rule.ts";

const MAX_WITHOUT_RULES = 50;

const NOTICES: Readonly<Record<string, string>> = {
  saved: "Saved. The next action meets it.",
  moved: "The order was changed. The next action meets it.",
  deleted: "The rule was deleted.",
};

/** The rules of every action, and their editors. What is saved decides the next `track`. */
export function rulesPages(context: Context): Hono {
  const { store, tenant } = context;
  const pages = new Hono();

  pages.get("/dashboard/rules", (c) => show(NOTICES[c.req.query("done") ?? ""]));

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
    const conditions = newConditions(typed);
    if (name === "" || conditions === undefined) {
      return refuse(configuration, {
        ruleId: "",
        problem: "A rule needs a name, and a custom value with a number or valid JsonLogic.",
        typed,
      });
    }
    return save(configuration, ruleId, "", typed, { name, type: typed.get("type"), conditions });
  });

  pages.post("/dashboard/rules/:actionCode/:ruleId/move/:direction", (c) => {
    const { configuration, rule } = find(c.req.param());
    if (configuration === undefined || rule === undefined) {
      return c.notFound();
    }
    const ids = rulesInOrder(configuration).map(({ ruleId }) => ruleId);
    const from = ids.indexOf(rule.ruleId);
    const to = Math.max(0, from + (c.req.param("direction") === "up" ? -1 : 1));
    orderRules(configuration, ids.toSpliced(from, 1).toSpliced(to, 0, rule.ruleId));
    return seeOther("/dashboard/rules?done=moved");
  });

  pages.post("/dashboard/rules/:actionCode/:ruleId/try", async (c) => {
    const { configuration, rule } = find(c.req.param());
    if (configuration === undefined || rule === undefined) {
      return c.notFound();
    }
    const typed = await formFields(c);
    const conditions = editedConditions(rule, typed);
    const trial: Trial =
      conditions === undefined
        ? { kind: "problem", problem: "The conditions are not valid JSON." }
        : tryRule(
            context,
            configuration,
            { ...rule, isActive: typed.has("isActive"), conditions: conditions.value },
            typed.get("sample") ?? "",
          );
    return show(undefined, { configuration, tried: { ruleId: rule.ruleId, typed, trial } });
  });

  pages.get("/dashboard/rules/:actionCode/:ruleId/delete", (c) => {
    const { configuration, rule } = find(c.req.param());
    if (configuration === undefined || rule === undefined) {
      return c.notFound();
    }
    return dashboardPage({
      section: "Rules",
      title: "Delete this rule?",
      intro: `${humanName(configuration.actionCode)} will be decided without it. This cannot be undone.`,
      content: html`<div class="panel narrow">
        <div class="part"><h2>${rule.name}</h2></div>
        <form
          class="part actions"
          method="post"
          action="/dashboard/rules/${configuration.actionCode}/${rule.ruleId}/delete"
        >
          <a class="button" href="/dashboard/rules">Keep it</a><button class="danger">Delete</button>
        </form>
      </div>`,
    });
  });

  pages.post("/dashboard/rules/:actionCode/:ruleId/delete", (c) => {
    const { configuration, rule } = find(c.req.param());
    if (configuration === undefined || rule === undefined) {
      return c.notFound();
    }
    configuration.rules = configuration.rules.filter((one) => one !== rule);
    return seeOther("/dashboard/rules?done=deleted");
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

  function find({ actionCode, ruleId }: { actionCode: string; ruleId: string }): {
    configuration: ActionConfiguration | undefined;
    rule: Rule | undefined;
  } {
    const configuration = store.configurations.get(actionCode);
    return { configuration, rule: configuration?.rules.find((one) => one.ruleId === ruleId) };
  }

  async function save(
    configuration: ActionConfiguration,
    ruleId: string,
    formId: string,
    typed: ReadonlyMap<string, string>,
    patch: unknown,
  ): Promise<Response> {
    const checked = rulePatchSchema.safeParse(patch);
    const saved = checked.success
      ? saveRule(configuration, ruleId, checked.data, new Set(tenant.valueLists.keys()))
      : { ok: false as const, problem: reasons(checked.error) };
    return saved.ok
      ? seeOther("/dashboard/rules?done=saved")
      : refuse(configuration, { ruleId: formId, problem: saved.problem, typed });
  }

  function refuse(configuration: ActionConfiguration, refused: Refused): Promise<Response> {
    return show(undefined, { configuration, refused });
  }

  function show(notice: string | undefined, attempt?: Attempt): Promise<Response> {
    return dashboardPage({
      section: "Rules",
      intro:
        "For each action, the first rule that is triggered decides. What you save holds from the next action on.",
      notice,
      ...(attempt?.refused === undefined ? {} : { status: 400 }),
      content: html`${shownConfigurations().map((configuration) =>
        panel(configuration, attempt?.configuration === configuration ? attempt : undefined),
      )}`,
    });
  }

  /** Those with rules, and as many others as fit on a page. */
  function shownConfigurations(): ActionConfiguration[] {
    const all = [...store.configurations.values()];
    const withRules = all.filter(({ rules }) => rules.length > 0);
    const others = all.filter(({ rules }) => rules.length === 0).slice(-MAX_WITHOUT_RULES);
    return all.filter((one) => withRules.includes(one) || others.includes(one));
  }

  function panel(configuration: ActionConfiguration, attempt: Attempt | undefined): Markup {
    const rules = rulesInOrder(configuration);
    const sample = rules.length === 0 ? "" : sampleFor(context, configuration.actionCode);
    return html`<section class="panel" aria-label="${humanName(configuration.actionCode)}">
      <header>
        <h2>${humanName(configuration.actionCode)}</h2>
        <p><code>${configuration.actionCode}</code></p>
      </header>
      ${rules.map((rule, i) =>
        ruleForm(configuration, rule, {
          isFirst: i === 0,
          isLast: i === rules.length - 1,
          sample,
          refused: attempt?.refused,
          tried: attempt?.tried,
        }),
      )}
      ${defaultOutcomeForm(configuration)} ${newRuleForm(configuration, attempt?.refused)}
    </section>`;
  }
}

/** What was just sent about one action and is shown again. */
interface Attempt {
  readonly configuration: ActionConfiguration;
  readonly refused?: Refused;
  readonly tried?: Tried;
}
