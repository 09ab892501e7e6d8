import { recordToConsole, type AuditRecord } from "../../src/audit/record.ts";
import { alertSender, type SendAlert } from "../../src/events/alert.ts";
import type { DeliveryRules } from "../../src/events/schema.ts";
import { importSigningKeys } from "../../src/events/signature.ts";
import { policySource, type PolicySource } from "../../src/policy/source.ts";
import bundledPolicy from "../../policy.json";
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
 * @param readPushedPolicy reads the pushed policy's text, the same that the gateway reads; null when there is none.
 */
export async function composeReceiver(
  config: WebhooksConfig,
  readPushedPolicy: () => Promise<string | null>,
): Promise<Receiver> {
  const nowMs = () => Date.now();
  const record = recordToConsole;
  return {
    signingKeys: await importSigningKeys(config.signingSecrets),
    rules: { tenantId: config.tenantId },
    policies: policySource({
      bundled: JSON.stringify(bundledPolicy),
      read: readPushedPolicy,
      nowMs,
      onProblems: (problems) => {
        for (const { path, reason } of problems) {
          record({ event: "misconfigured", requestId: "", reason: `policy ${path}: ${reason}` });
        }
      },
    }),
    sendAlert: config.alert && alertSender({ ...config.alert, fetch: (input, init) => fetch(input, init) }),
    record,
    nowMs,
  };
}
