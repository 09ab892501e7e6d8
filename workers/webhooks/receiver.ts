import { recordToConsole, type AuditRecord } from "../../src/audit/record.ts";
import { userApi, type UserApi } from "../../src/authsignal/user-api.ts";
import { pace } from "../../src/cognito/pace.ts";
import { userPool } from "../../src/cognito/user-pool.ts";
import { alertSender, type SendAlert } from "../../src/events/alert.ts";
import { floodBrake, type Brake } from "../../src/events/brake.ts";
import { bodyRoom, type BodyRoom } from "../../src/http/body-room.ts";
import { outsideEffects, type Outside } from "../../src/events/outside.ts";
import type { DeliveryRules } from "../../src/events/schema.ts";
import { senders, type Senders } from "../../src/events/senders.ts";
import { importSigningKeys } from "../../src/events/signature.ts";
import type { AdministratorPorts } from "../../src/identity/administrator.ts";
import type { LedgerOf } from "../../src/ledger/port.ts";
import type { PolicySource } from "../../src/policy/source.ts";
import { policiesFrom, type PolicyStore } from "../pushed-policy.ts";
import { administratorsOf } from "./administrators.ts";
import type { WebhooksConfig } from "./config.ts";
import type { OnFailure } from "./verify-action.ts";

/** Everything that lives as long as the isolate: built once from the configuration, handed to every delivery. */
export interface Receiver {
  readonly signingKeys: readonly CryptoKey[];
  readonly rules: DeliveryRules;
  readonly policies: PolicySource;
  readonly sendAlert: SendAlert | undefined;
  /** The effects that are not the ledger's. */
  readonly outside: Outside;
  /** Undefined where the catch-up job is off or has nobody to ask. */
  readonly catchUp: (Pick<UserApi, "authenticators" | "actions"> & { readonly maxUsers: number }) | undefined;
  readonly verifyOnFailure: OnFailure;
  /** How long an event that failed waits for its second try. */
  readonly firstRetrySeconds: number;
  readonly brake: Brake;
  /** A flood of deliveries does not keep what is refused at the admin endpoints out of the record. */
  readonly adminBrake: Brake;
  readonly senders: Senders;
  readonly room: BodyRoom;
  readonly administrators: (ledgerOf: LedgerOf) => AdministratorPorts;
  readonly record: AuditRecord;
  readonly nowMs: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** The whole time one question to Authsignal may take: nobody waits for it. */
const AUTHSIGNAL_DEADLINE_MS = 5_000;

/**
 * Wires the ports of an isolate.
 *
 * @param policyStore holds the pushed policy, the same that the gateway reads.
 */
export async function composeReceiver(config: WebhooksConfig, policyStore: PolicyStore): Promise<Receiver> {
  const nowMs = () => Date.now();
  const record = recordToConsole;
  const ownFetch: typeof fetch = (input, init) => fetch(input, init);
  const sendAlert = config.alert && alertSender({ ...config.alert, fetch: ownFetch, nowMs });
  const authsignal =
    config.authsignal && userApi({ ...config.authsignal, deadlineMs: AUTHSIGNAL_DEADLINE_MS });
  return {
    signingKeys: await importSigningKeys(config.signingSecrets),
    rules: { tenantId: config.tenantId },
    // Nothing is lost by waiting for the right policy: what the bundled one does not react to would be.
    policies: policiesFrom(policyStore, record, nowMs, "deny"),
    sendAlert,
    outside: outsideEffects({
      userPool: config.userPool && poolOf(config.userPool, ownFetch, nowMs),
      authsignal,
      sendAlert,
      record,
    }),
    catchUp:
      authsignal === undefined || config.catchUpUsers === 0
        ? undefined
        : { ...authsignal, maxUsers: config.catchUpUsers },
    verifyOnFailure: config.verifyOnFailure,
    firstRetrySeconds: config.firstRetrySeconds,
    brake: floodBrake(nowMs),
    adminBrake: floodBrake(nowMs),
    senders: senders(nowMs, () => Math.random()),
    room: bodyRoom(),
    administrators: await administratorsOf(config.administrators, nowMs),
    record,
    nowMs,
    random: () => Math.random(),
  };
}

function poolOf(pool: NonNullable<WebhooksConfig["userPool"]>, ownFetch: typeof fetch, nowMs: () => number) {
  const wait = (milliseconds: number) =>
    new Promise<void>((done) => {
      setTimeout(done, milliseconds);
    });
  return userPool({ ...pool, fetch: ownFetch, turn: pace(pool.callsPerSecond, nowMs, wait) });
}
