import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { policyJsonSchema } from "../../../src/policy/json-schema.ts";

it("policy.schema.json is what scripts/policy-schema.ts writes", () => {
  const text = readFileSync(new URL("../../../policy.schema.json", import.meta.url), "utf8");
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
});
