import { readFileSync } from "node:fs";
import * as z from "zod";
import { OUTCOMES, TENANT_METHODS } from "./model.ts";
import { problemWithConditions } from "./rule-engine.ts";
import { isCidr } from "./ip-facts.ts";

const methodsSchema = z.array(z.enum(TENANT_METHODS)).min(1);
const codeSchema = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);

const ruleSchema = z.strictObject({
  ruleId: codeSchema,
  name: z.string().min(1),
  description: z.string().optional(),
  priority: z.int().min(0).max(99),
  isActive: z.boolean().default(true),
  type: z.enum(OUTCOMES),
  conditions: z.json(),
  verificationMethods: methodsSchema.optional(),
  defaultVerificationMethod: z.enum(TENANT_METHODS).optional(),
});
const actionSchema = z.strictObject({
  actionCode: codeSchema,
  defaultOutcome: z.enum(OUTCOMES).default("ALLOW"),
  verificationMethods: methodsSchema.default([...TENANT_METHODS]),
  verificationWebhookUrl: z.url().optional(),
  rules: z.array(ruleSchema).default([]),
});
const seedSchema = z.strictObject({
  users: z
    .array(
      z.strictObject({
        username: z.string().min(1),
        password: z.string(),
        sub: z.string().min(1),
        email: z.email(),
        name: z.string().min(1),
        authenticators: z.array(z.enum(["EMAIL_OTP", "AUTHENTICATOR_APP"])),
        note: z.string().default(""),
      }),
    )
    .optional(),
  actions: z.array(actionSchema).optional(),
  valueLists: z
    .array(
      z.strictObject({
        alias: codeSchema,
        name: z.string().min(1),
        itemType: z.enum(["string", "number"]).default("string"),
        valueListItems: z.array(z.union([z.string(), z.number()])),
        isActive: z.boolean().default(true),
      }),
    )
    .optional(),
  ipRanges: z
    .array(
      z.strictObject({
        cidr: z.string().refine(isCidr, "is not an address range such as 203.0.113.0/24"),
        countryCode: z.string().length(2).optional(),
        isAnonymous: z.boolean().optional(),
      }),
    )
    .optional(),
  appClients: z
    .array(
      z.strictObject({
        clientId: z.string().min(1),
        name: z.string().default("App"),
        accessTokenDurationInMinutes: z.number().positive().default(60),
        refreshTokenDurationInMinutes: z.number().positive().default(43_200),
      }),
    )
    .optional(),
});
/** What a stand-in begins with instead of the built-in seed; what is absent stays built in. */
export type Seed = z.infer<typeof seedSchema>;

/** Reads a seed file. Throws an Error with a sentence that says where it is wrong. */
export function readSeedFile(file: string): Seed {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new Error(`The seed file ${file} cannot be read as JSON.`, { cause });
  }
  const seed = seedSchema.safeParse(json);
  if (!seed.success) {
    const [issue] = seed.error.issues;
    throw new Error(`The seed file ${file}, ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const lists = new Set(seed.data.valueLists?.map(({ alias }) => alias));
  for (const { actionCode, rules } of seed.data.actions ?? []) {
    for (const rule of rules) {
      const problem = problemWithConditions(rule.conditions, lists);
      if (problem !== undefined) {
        throw new Error(`The seed file ${file}, action ${actionCode}, rule ${rule.ruleId}: ${problem}.`);
      }
    }
  }
  return seed.data;
}
