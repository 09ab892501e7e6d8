import { randomInt } from "node:crypto";
import * as OTPAuth from "otpauth";
import * as choices from "./choices.ts";
import type { ActionKey, Authenticator, CodeChannel } from "./model.ts";
import { RateWindow } from "./rate-window.ts";

const MINUTE_MS = 60_000;
const TOTP_STEP_SECONDS = 30;
/** One step either way, for clocks that differ (RFC 6238 section 5.2). */
const TOTP_WINDOW_STEPS = 1;

export type CheckResult =
  | { readonly kind: "right"; readonly timeStep?: number }
  | { readonly kind: "wrong"; readonly triesLeft: number }
  | { readonly kind: "too_many" };

export interface VerifierSettings {
  /** Every code is this one; empty: codes are random. */
  readonly fixedCode: string;
  /** Told how every check of a sent code went. */
  readonly onCheck?: (
    action: ActionKey,
    channel: CodeChannel,
    to: string,
    result: CheckResult["kind"],
  ) => void;
}

interface SentCode {
  readonly code: string;
  readonly expiresAtMs: number;
}

/** Sends and checks one-time codes, within the documented limits (reference 1.4). */
export class Verifier {
  readonly #settings: VerifierSettings;
  readonly #nowMs: () => number;
  readonly #codes = new Map<string, SentCode>();
  readonly #emailSends = new RateWindow(choices.MAX_CODE_SENDS, choices.CODE_SEND_WINDOW_MINUTES * MINUTE_MS);
  readonly #phoneSends = new RateWindow(
    choices.MAX_PHONE_CODE_SENDS,
    choices.CODE_SEND_WINDOW_MINUTES * MINUTE_MS,
  );
  readonly #checks = new RateWindow(choices.MAX_CODE_CHECKS, choices.CODE_CHECK_WINDOW_MINUTES * MINUTE_MS);

  constructor(nowMs: () => number, settings: VerifierSettings = { fixedCode: "" }) {
    this.#nowMs = nowMs;
    this.#settings = settings;
  }

  /**
   * A new code to be sent to an address, which replaces the one before. Nothing: too many were sent.
   */
  issueCode(action: ActionKey, channel: CodeChannel, to: string): string | undefined {
    const nowMs = this.#nowMs();
    if (!this.takeSend(action, channel)) {
      return undefined;
    }
    const random = randomInt(10 ** choices.OTP_DIGITS);
    const code = this.#settings.fixedCode || String(random).padStart(choices.OTP_DIGITS, "0");
    const expiresAtMs = nowMs + choices.OTP_LIFETIME_MINUTES * MINUTE_MS;
    this.#forgetExpired(nowMs);
    this.#codes.set(codeKey(action, channel, to), { code, expiresAtMs });
    return code;
  }

  /** Takes back a code that could not be delivered. */
  forgetCode(action: ActionKey, channel: CodeChannel, to: string): void {
    this.#codes.delete(codeKey(action, channel, to));
  }

  /** Counts one message of a channel; false when the action has none left (reference 1.4). */
  takeSend(action: ActionKey, channel: CodeChannel | "EMAIL_MAGIC_LINK"): boolean {
    const sends = channel === "SMS" || channel === "WHATSAPP" ? this.#phoneSends : this.#emailSends;
    const { userId, actionCode, idempotencyKey } = action;
    return sends.take(JSON.stringify([channel, userId, actionCode, idempotencyKey]), this.#nowMs());
  }

  /** Whether a code that still works was sent to this address for this action. */
  hasPendingCode(action: ActionKey, channel: CodeChannel, to: string): boolean {
    return (this.#codes.get(codeKey(action, channel, to))?.expiresAtMs ?? 0) > this.#nowMs();
  }

  /** Checks a code that was sent. The right one works once. */
  checkCode(action: ActionKey, channel: CodeChannel, to: string, typed: string): CheckResult {
    const key = codeKey(action, channel, to);
    const result = this.#check(`${action.userId} ${channel}`, () => {
      const sent = this.#codes.get(key);
      if (sent === undefined || sent.expiresAtMs <= this.#nowMs() || sent.code !== digitsOf(typed)) {
        return undefined;
      }
      this.#codes.delete(key);
      return { kind: "right" };
    });
    this.#settings.onCheck?.(action, channel, to, result.kind);
    return result;
  }

  /** Checks a code of an authenticator app; time steps at or before `lastTimeStep` were used up (RFC 6238 section 5.2). */
  checkAppCode(userId: string, secret: string, lastTimeStep: number, typed: string): CheckResult {
    return this.#check(`${userId} AUTHENTICATOR_APP`, () => {
      const timestamp = this.#nowMs();
      const totp = new OTPAuth.TOTP({ secret: OTPAuth.Secret.fromBase32(secret) });
      const delta = totp.validate({ token: digitsOf(typed), timestamp, window: TOTP_WINDOW_STEPS });
      const timeStep = currentTimeStep(timestamp) + (delta ?? 0);
      return delta === null || timeStep <= lastTimeStep ? undefined : { kind: "right", timeStep };
    });
  }

  /** The next code of an app that will be accepted: what its owner would read off the phone. */
  nextAppCode(authenticator: Authenticator): string {
    const step = Math.max(currentTimeStep(this.#nowMs()), (authenticator.lastTimeStep ?? 0) + 1);
    const totp = new OTPAuth.TOTP({ secret: OTPAuth.Secret.fromBase32(authenticator.secret ?? "") });
    return totp.generate({ timestamp: step * TOTP_STEP_SECONDS * 1000 });
  }

  /** Forgets codes and counts. */
  clear(): void {
    this.#codes.clear();
    this.#emailSends.clear();
    this.#phoneSends.clear();
    this.#checks.clear();
  }

  #forgetExpired(nowMs: number): void {
    for (const [key, sent] of this.#codes) {
      if (sent.expiresAtMs <= nowMs) {
        this.#codes.delete(key);
      }
    }
  }

  #check(rateKey: string, attempt: () => CheckResult | undefined): CheckResult {
    if (!this.#checks.take(rateKey, this.#nowMs())) {
      return { kind: "too_many" };
    }
    const success = attempt();
    if (success !== undefined) {
      this.#checks.forget(rateKey);
      return success;
    }
    const triesLeft = this.#checks.left(rateKey, this.#nowMs());
    return triesLeft === 0 ? { kind: "too_many" } : { kind: "wrong", triesLeft };
  }
}

/** A fresh secret for an authenticator app, in base32. */
export function newAppSecret(): string {
  return new OTPAuth.Secret({ size: 20 }).base32;
}

/** The `otpauth:` URI that an authenticator app scans. */
export function appUri(secret: string, accountName: string): string {
  return new OTPAuth.TOTP({
    issuer: "Local world",
    label: accountName,
    secret: OTPAuth.Secret.fromBase32(secret),
  }).toString();
}

function codeKey(
  { userId, actionCode, idempotencyKey }: ActionKey,
  channel: CodeChannel,
  to: string,
): string {
  return JSON.stringify([userId, actionCode, idempotencyKey, channel, to.toLowerCase()]);
}

/** People type and paste codes with spaces in between. */
function digitsOf(typed: string): string {
  return typed.replaceAll(/[\s-]/g, "");
}

function currentTimeStep(nowMs: number): number {
  return Math.floor(nowMs / 1000 / TOTP_STEP_SECONDS);
}
