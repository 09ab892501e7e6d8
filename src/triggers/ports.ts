import type { SignInApi } from "../authsignal/sign-in.ts";
import type { Keyring } from "../http/keyring.ts";

/** What triggers need of the world. */
export interface TriggerPorts {
  readonly authsignal: SignInApi;
  readonly keyring: Keyring;
  readonly nowSeconds: () => number;
  readonly randomUuid: () => string;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly record: RecordTrigger;
}

/** Where a trigger says what it decided. Never a token, a code or an address. */
export type RecordTrigger = (entry: {
  readonly trigger: string;
  readonly clientId: string;
  readonly outcome: string;
  readonly sub?: string;
  readonly reason?: string;
  readonly key?: string;
  readonly ruleIds?: readonly string[];
  readonly verificationMethod?: string;
  readonly latencyMs?: number;
}) => void;
