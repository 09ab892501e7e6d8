import { recordToConsole, type AuditRecord } from "../../src/audit/record.ts";
import { alertSender, type SendAlert } from "../../src/events/alert.ts";
import type { DeliveryRules } from "../../src/events/schema.ts";
import { importSigningKeys } from "../../src/events/signature.ts";
import type { PolicySource } from "../../src/policy/source.ts";
import { policiesFrom, type PolicyStore } from "../pushed-policy.ts";
import type { WebhooksConfig } from "./config.ts";

/** Everything that lives as long as the isolate: built once from the configuration, handed to every delivery. */
export interface Receiver {
  readonly signingKeys: readonly CryptoKey[];
  readonly rules: DeliveryRules;
  readonly policies: PolicySource;
  readonly sendAlert: SendAlert | undefined;
  readonly record: AuditRecord;
  readonly nowMs: () => number;
}

/**
 * Wires the ports of an isolate.
 *
 * @param policyStore holds the pushed policy, the same that the gateway reads.
 */
export async function composeReceiver(config: WebhooksConfig, policyStore: PolicyStore): Promise<Receiver> {
  const nowMs = () => Date.now();
  const record = recordToConsole;
  return {
    signingKeys: await importSigningKeys(config.signingSecrets),
    rules: { tenantId: config.tenantId },
    policies: policiesFrom(policyStore, record, nowMs),
    sendAlert: config.alert && alertSender({ ...config.alert, fetch: (input, init) => fetch(input, init) }),
    record,
    nowMs,
  };
}
