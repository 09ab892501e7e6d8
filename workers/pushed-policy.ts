import type { AuditRecord } from "../src/audit/record.ts";
import { bundledPolicy } from "../src/policy/bundled.ts";
import { policySource, type PolicyFallback, type PolicySource } from "../src/policy/source.ts";
import policy from "../policy.json";
import checkedPolicy from "../policy.checked.json";

/** The key of the KV namespace `POLICY` under which a pushed policy is stored. Both Workers read the same. */
const POLICY_KEY = "policy";
/** A second policy, which runs in shadow beside the one in force. */
const SHADOW_POLICY_KEY = "policy-shadow";

/** The part of a KV namespace that is needed. */
export interface PolicyStore {
  get(key: string): Promise<string | null>;
}

/** The policy in force, for either Worker: pushed, else the one that was bundled; problems go to the record. */
export function policiesFrom(
  store: PolicyStore,
  record: AuditRecord,
  nowMs: () => number,
  fallback: PolicyFallback = "bundled",
): PolicySource {
  return policySource({
    bundled: bundledPolicy(policy, checkedPolicy),
    read: () => store.get(POLICY_KEY),
    readBeside: () => store.get(SHADOW_POLICY_KEY),
    nowMs,
    fallback,
    onFallback: (pushed, bundled) =>
      record({
        event: "policy_fallback",
        level: "alert",
        requestId: "",
        reason: `the pushed policy (${pushed ?? "unread"}) cannot be used: ${fallback === "deny" ? "nothing is decided until one can" : `the bundled one (${bundled}) decides`}`,
      }),
    onProblems: (problems) => {
      for (const { path, reason } of problems) {
        record({ event: "misconfigured", requestId: "", reason: `policy ${path}: ${reason}` });
      }
    },
  });
}
