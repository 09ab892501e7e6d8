import { ChallengeBook } from "./challenge-book.ts";
import { logChallenge } from "./challenge-log.ts";
import type { ChallengeHappening } from "./challenge-log.ts";
import { DEFAULT_MANAGEMENT_SECRET_KEY, DEFAULT_WEBHOOK_RETRY_DELAY_MS } from "./choices.ts";
import { ClientState } from "./client-state.ts";
import { CodeLimits } from "./code-limits.ts";
import type { Context } from "./context.ts";
import { FaultSwitch } from "./faults.ts";
import { Inbox } from "./inbox.ts";
import { SecretKeys } from "./keys.ts";
import type { AuthsignalOptions } from "./options.ts";
import { readSeedFile } from "./seed-file.ts";
import { Sessions } from "./sessions.ts";
import { Store } from "./state.ts";
import { createSwitches } from "./switches.ts";
import { Tenant } from "./tenant.ts";
import { createTokens } from "./tokens.ts";
import { Verifier } from "./verification.ts";
import type { CheckResult } from "./verification.ts";
import { actionRecord } from "./webhook-events.ts";
import { Webhooks } from "./webhooks.ts";

const HAPPENINGS: Readonly<Record<CheckResult["kind"], ChallengeHappening>> = {
  right: "CODE_VALID",
  wrong: "CODE_INVALID_OR_EXPIRED",
  too_many: "MAX_ATTEMPTS_EXCEEDED",
};

/**
 * Everything a stand-in is made of, wired together. `port` is asked when an address is needed: by then somebody listens.
 * Throws when an option is wrong, with a sentence.
 */
export function createContext(options: AuthsignalOptions, port: () => number): Context {
  const clock = { shiftMs: options.clockShiftMs ?? 0 };
  const baseNowMs = options.nowMs ?? Date.now;
  const nowMs = (): number => baseNowMs() + clock.shiftMs;
  const { tenantId } = options;
  const seed = options.seedFile === undefined ? {} : readSeedFile(options.seedFile);
  const keys = new SecretKeys(
    [options.secretKey, options.previousSecretKey].filter((key) => key !== undefined),
  );
  const secretKeys = keys.list;
  const switches = createSwitches(options.switches);
  const tenant = new Tenant({ ...seed, tokenDurationInMinutes: options.trackTokenMinutes });
  const webhooks = new Webhooks(
    { secretKeys, tenantId, switches, nowMs },
    {
      url: options.webhookUrl,
      includeCredentialPublicKey: false,
      retryDelayMs: options.webhookRetryDelayMs ?? DEFAULT_WEBHOOK_RETRY_DELAY_MS,
      logDelayMs: options.logDelayMs ?? tenant.settings.tokenDurationInMinutes * 60_000,
      duplicates: 0,
      disorder: 0,
      ...options.webhooks,
    },
  );
  const publicUrl = (): string => `http://authsignal.localhost:${port()}`;
  const apiUrl = (): string => `http://127.0.0.1:${port()}/v1`;

  const store = new Store(seed.users ?? options.users, nowMs, seed.actions);
  store.onTracked = (action) =>
    webhooks.log("action.log_created", () =>
      actionRecord(tenantId, action, store.users.get(action.userId), store.methodsOf(action.userId)),
    );

  return {
    secretKeys,
    keys,
    tenantId,
    tenant,
    switches,
    managementSecretKey: options.managementSecretKey ?? DEFAULT_MANAGEMENT_SECRET_KEY,
    store,
    tokens: createTokens({
      secretKeys,
      tenantId,
      lifetimeMinutes: () => tenant.settings.tokenDurationInMinutes,
      nowMs,
    }),
    inbox: new Inbox(),
    verifier: new Verifier(nowMs, {
      get fixedCode() {
        return switches.fixedCode;
      },
      onCheck: (action, channel, to, result) =>
        logChallenge({ webhooks, tenantId }, action, channel, to, HAPPENINGS[result]),
    }),
    webhooks,
    faults: new FaultSwitch(options.faults),
    challenges: new ChallengeBook(),
    sessions: new Sessions({ nowMs, issuer: () => `${apiUrl()}/client/public/${tenantId}` }),
    limits: new CodeLimits(),
    clock,
    client: new ClientState({ nowMs, webauthn: options.passkeys, popupOrigins: options.popupOrigins }),
    nowMs,
    publicUrl,
    apiUrl,
  };
}
