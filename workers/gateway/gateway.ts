import { recordToConsole, type AuditRecord } from "../../src/audit/record.ts";
import { authsignalClient } from "../../src/authsignal/client.ts";
import type { ChallengeApi, ContactsApi } from "../../src/authsignal/port.ts";
import type { PoolAdmin } from "../../src/cognito/pool-admin.ts";
import type { PoolSignIn } from "../../src/cognito/sign-in.ts";
import { bodyRoom, type BodyRoom } from "../../src/http/body-room.ts";
import { makeKeyring, type Keyring } from "../../src/http/keyring.ts";
import type { AuthenticationPorts } from "../../src/identity/authenticate.ts";
import { remoteJwks } from "../../src/identity/jwks.ts";
import { rememberedProofs } from "../../src/identity/remembered.ts";
import { serviceKeys, type ServiceKeys } from "../../src/identity/service-keys.ts";
import { liveSessions, type LiveSessions } from "../../src/ledger/live-sessions.ts";
import { standingReader, type StandingReader } from "../../src/ledger/standing.ts";
import type { Policy } from "../../src/policy/parse.ts";
import { rememberedJudge, type RememberedJudge } from "../../src/policy/remembered.ts";
import type { PolicySource } from "../../src/policy/source.ts";
import { assertionSigner, type AssertionSigner } from "../../src/proxy/assertion.ts";
import type { OwnSignIn } from "../../src/sign-in/settings.ts";
import { policiesFrom, type PolicyStore } from "../pushed-policy.ts";
import type { Config } from "./config.ts";

/** Everything that lives as long as the isolate: built once from the configuration, handed to every request. */
export interface Gateway {
  readonly config: Config;
  readonly keyring: Keyring;
  readonly authentication: AuthenticationPorts;
  readonly standing: StandingReader;
  readonly live: LiveSessions;
  /** `undefined` without any: then only people of the configured group administrate, if there is one. */
  readonly adminKeys: ServiceKeys | undefined;
  readonly policies: PolicySource;
  readonly judge: RememberedJudge;
  readonly signer: AssertionSigner;
  readonly authsignal: ChallengeApi;
  readonly contacts: ContactsApi;
  /** What needs AWS credentials, where the configuration has them. */
  readonly poolAdmin: PoolAdmin | undefined;
  /** Where people sign in on a page of our own. */
  readonly ownSignIn: OwnSignInPorts | undefined;
  /** Holds the bodies on which decisions depend while they arrive. */
  readonly bodies: BodyRoom;
  readonly record: AuditRecord;
  readonly nowMs: () => number;
  /** `fetch` of the runtime, called with no `this`. */
  readonly fetch: typeof fetch;
  /** Leads to the origin: the runtime's, or the service binding's. */
  readonly originFetch: typeof fetch;
}

/** The own sign-in with what it talks to. */
export interface OwnSignInPorts extends OwnSignIn {
  readonly signIn: PoolSignIn;
  /** Signs what the triggers are told of a browser; absent where they share no secret with us. */
  readonly vouchers: Keyring | undefined;
}

/** The gateway as it is under one policy: whatever it records says which version decided. */
export function underPolicy(gateway: Gateway, policy: Policy): Gateway {
  if (latest?.gateway !== gateway || latest.policy !== policy) {
    const { version } = policy;
    const record: AuditRecord = (entry) => gateway.record({ policy: version, ...entry });
    latest = { gateway, policy, under: { ...gateway, record } };
  }
  return latest.under;
}

/** Policies change rarely and requests are many: one is remembered. */
let latest: { readonly gateway: Gateway; readonly policy: Policy; readonly under: Gateway } | undefined;

/**
 * Wires the ports of an isolate.
 *
 * @param policyStore holds the pushed policy, if any.
 * @param service the service binding `ORIGIN`, if there is one; it counts only where the configuration says so.
 * @throws when a key of the configuration is not what it must be; the caller answers 503.
 */
export async function composeGateway(
  config: Config,
  policyStore: PolicyStore,
  service: Fetcher | undefined,
): Promise<Gateway> {
  const nowMs = () => Date.now();
  const plainFetch: typeof fetch = (input, init) => fetch(input, init);
  const keyring = await makeKeyring(config.sealingSecrets);
  const record = recordToConsole;
  const authsignal = authsignalClient({ ...config.authsignal, nowMs });
  const { key, keyPrevious } = config.administration;
  return {
    config,
    keyring,
    authentication: {
      rules: config.tokenRules,
      jwks: remoteJwks({ url: config.jwksUrl, fetch: plainFetch, now: nowMs }),
      keyring,
      remembered: { bearer: rememberedProofs(), cookie: rememberedProofs() },
    },
    standing: standingReader({ stalenessMs: config.stalenessMs, nowMs }),
    adminKeys:
      key === undefined && keyPrevious === undefined
        ? undefined
        : await serviceKeys({ current: key, previous: keyPrevious }),
    live: liveSessions({ intervalMs: config.revocablePollMs, nowMs, wait }),
    judge: rememberedJudge(),
    policies: policiesFrom(policyStore, record, nowMs, config.policyFallback),
    signer: await assertionSigner(
      config.assertionKey,
      config.assertionKeyPrevious,
      config.assertionAudience,
      nowMs,
    ),
    authsignal,
    contacts: authsignal,
    poolAdmin: await poolAdminPort(config.poolAdmin, plainFetch),
    ownSignIn: await ownSignInPorts(config.ownSignIn, { fetch: plainFetch, nowMs }),
    bodies: bodyRoom(),
    record,
    nowMs,
    fetch: plainFetch,
    originFetch:
      config.origin.isService && service !== undefined
        ? (input, init) => service.fetch(input, init)
        : plainFetch,
  };
}

async function poolAdminPort(
  options: Config["poolAdmin"],
  fetchFunction: typeof fetch,
): Promise<PoolAdmin | undefined> {
  if (options === undefined) {
    return undefined;
  }
  const { poolAdmin } = await import("../../src/cognito/pool-admin.ts");
  return poolAdmin(options, fetchFunction);
}

async function ownSignInPorts(
  own: OwnSignIn | undefined,
  ports: { readonly fetch: typeof fetch; readonly nowMs: () => number },
): Promise<OwnSignInPorts | undefined> {
  if (own === undefined) {
    return undefined;
  }
  const { poolSignIn } = await import("../../src/cognito/sign-in.ts");
  return {
    ...own,
    signIn: poolSignIn(own.pool, ports),
    vouchers: own.secret === undefined ? undefined : await makeKeyring([own.secret]),
  };
}

/** Ends early, and without a word, when the signal aborts. */
function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return scheduler.wait(milliseconds, signal === undefined ? {} : { signal }).catch(() => undefined);
}
