import { signInAuthsignal } from "../../src/authsignal/sign-in.ts";
import { makeKeyring } from "../../src/http/keyring.ts";
import type { TriggerPorts } from "../../src/triggers/ports.ts";
import { DEADLINE_MS, recordToLog } from "./lambda.ts";
import type { TriggerSettings } from "./settings.ts";

/**
 * Wires a function's ports once, while it starts.
 *
 * @returns what makes the ports of one invocation.
 */
export function triggerPorts(
  settings: TriggerSettings,
): (remainingMs: () => number) => Promise<TriggerPorts> {
  const { apiUrl, secrets, challengeHosts, signingSecrets } = settings;
  const authsignalFor = signInAuthsignal({ apiUrl, secrets, challengeHosts, deadlineMs: DEADLINE_MS });
  const keyring = makeKeyring(signingSecrets);
  return async (remainingMs) => ({
    authsignal: authsignalFor(remainingMs),
    keyring: await keyring,
    nowSeconds: () => Math.floor(Date.now() / 1000),
    randomUuid: () => crypto.randomUUID(),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    record: recordToLog,
  });
}
