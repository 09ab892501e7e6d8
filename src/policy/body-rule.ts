import type { AttributeRule } from "./attribute-schema.ts";

const BODY_SOURCES: ReadonlySet<AttributeRule["from"]> = new Set(["body", "form", "multipart"]);

/** Whether a rule reads the request's body. */
export function isBodyRule(rule: Pick<AttributeRule, "from">): boolean {
  return BODY_SOURCES.has(rule.from);
}
