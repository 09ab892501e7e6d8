import type { SeedUser } from "../seed.ts";
import { TENANT_METHODS, type ActionConfiguration, type Method } from "./model.ts";

const LARGE_TRANSFER = 1000;
/** What the seeded people can enrol and use without a phone or a passkey. */
const SEEDED_METHODS: readonly Method[] = ["EMAIL_OTP", "AUTHENTICATOR_APP"];

/** The actions and rules of the local world at its start. */
export function seedConfigurations(users: readonly SeedUser[]): ActionConfiguration[] {
  const blocked = users.find((user) => user.username === "mallory");
  return [
    {
      actionCode: "transfer",
      defaultOutcome: "ALLOW",
      verificationMethods: SEEDED_METHODS,
      rules: [
        {
          ruleId: "blocked-customer",
          name: "Blocked customer",
          description: "Nothing leaves the account of a customer under investigation.",
          priority: 0,
          isActive: true,
          type: "BLOCK",
          conditions: { "==": [{ var: "user.userId" }, blocked?.sub ?? "nobody"] },
        },
        {
          ruleId: "large-transfer",
          name: "Large transfer",
          description: "Ask again before a large sum is sent.",
          priority: 1,
          isActive: true,
          type: "CHALLENGE",
          conditions: { ">": [{ var: "custom.amount" }, LARGE_TRANSFER] },
          verificationMethods: SEEDED_METHODS,
        },
      ],
    },
    { actionCode: "add-payee", defaultOutcome: "CHALLENGE", verificationMethods: SEEDED_METHODS, rules: [] },
    { actionCode: "sign-in", defaultOutcome: "CHALLENGE", verificationMethods: TENANT_METHODS, rules: [] },
  ];
}
