import { randomInt } from "node:crypto";
import { logChallenge } from "./challenge-log.ts";
import type { StartedChallenge } from "./challenge-book.ts";
import * as choices from "./choices.ts";
import { completeByMethod } from "./completion.ts";
import type { Context } from "./context.ts";
import { sendMessage } from "./message-webhooks.ts";
import type { ActionKey, CodeChannel, TrackedAction } from "./model.ts";

const MINUTE_MS = 60_000;
/** The action of a challenge that names none (a choice). */
const DEFAULT_ACTION_CODE = "challenge";

export type Sent = "sent" | "too_many" | "failed";
export type Checked = "right" | "refused" | "CODE_INVALID_OR_EXPIRED" | "MAX_ATTEMPTS_EXCEEDED";
export interface ClaimProblem {
  readonly problem: "other_user" | "claimed" | "expired" | "unverified";
}

/** Sends, checks and claims the challenges of the server API, within the documented limits (reference 1.4, 2.8). */
export class ServerChallenges {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Sends a code, which replaces the one sent before. Sends are counted per address. */
  async send(challenge: StartedChallenge): Promise<Sent> {
    const { nowMs, switches, limits } = this.#context;
    const channel = channelOf(challenge);
    const to = addressOf(challenge);
    const action = this.#keyOf(challenge);
    const sends = channel === "EMAIL_OTP" ? limits.emails : limits.phones;
    if (!sends.take(to.toLowerCase(), nowMs())) {
      logChallenge(this.#context, action, channel, to, "RATE_LIMIT_EXCEEDED");
      return "too_many";
    }
    const code = switches.fixedCode || randomCode();
    challenge.expiresAtMs = nowMs() + choices.OTP_LIFETIME_MINUTES * MINUTE_MS;
    this.#trackFor(challenge);
    if (!(await sendMessage(this.#context, { action, channel: shownChannel(challenge), to, code }))) {
      challenge.code = undefined;
      logChallenge(this.#context, action, channel, to, "SEND_DOWNSTREAM_FAILED");
      return "failed";
    }
    challenge.code = code;
    logChallenge(this.#context, action, channel, to, "SENT");
    return "sent";
  }

  /** Checks a code. The right one works once; checks are counted per address. */
  async verify(challenge: StartedChallenge, typed: string): Promise<Checked> {
    const { nowMs, store, switches, limits } = this.#context;
    const channel = channelOf(challenge);
    const to = addressOf(challenge);
    const key = this.#keyOf(challenge);
    const rateKey = `${channel} ${to.toLowerCase()}`;
    const action = store.action(key);
    if (!limits.checks.take(rateKey, nowMs())) {
      if (switches.failAfterTooManyChecks && action?.state === "CHALLENGE_REQUIRED") {
        store.setActionState(action, "CHALLENGE_FAILED");
      }
      logChallenge(this.#context, key, channel, to, "MAX_ATTEMPTS_EXCEEDED");
      return "MAX_ATTEMPTS_EXCEEDED";
    }
    if (challenge.code === undefined || challenge.code !== typed || challenge.expiresAtMs <= nowMs()) {
      logChallenge(this.#context, key, channel, to, "CODE_INVALID_OR_EXPIRED");
      return "CODE_INVALID_OR_EXPIRED";
    }
    if (action?.state === "CHALLENGE_REQUIRED") {
      const completion = await completeByMethod(this.#context, action, challenge.verificationMethod);
      if (completion.kind === "refused") {
        return "refused";
      }
    }
    challenge.code = undefined;
    challenge.isVerified = true;
    limits.checks.forget(rateKey);
    logChallenge(this.#context, key, channel, to, "CODE_VALID");
    return "right";
  }

  /** Gives a verified challenge to a user. The token it returns validates as a challenge that succeeded. */
  async claim(
    challenge: StartedChallenge,
    userId: string,
    skipVerificationCheck: boolean,
  ): Promise<string | ClaimProblem> {
    const { store, tokens, nowMs } = this.#context;
    if (challenge.userId !== undefined && challenge.userId !== userId) {
      return { problem: "other_user" };
    }
    if (challenge.isClaimed) {
      return { problem: "claimed" };
    }
    if (challenge.expiresAtMs <= nowMs()) {
      return { problem: "expired" };
    }
    if (!challenge.isVerified && !skipVerificationCheck) {
      return { problem: "unverified" };
    }
    challenge.userId = userId;
    challenge.isClaimed = true;
    const user = store.ensureUser(userId);
    user.email ??= challenge.email;
    user.phoneNumber ??= challenge.phoneNumber;
    const action = this.#trackFor(challenge);
    if (action === undefined) {
      return { problem: "other_user" };
    }
    if (challenge.isVerified && action.state === "CHALLENGE_REQUIRED") {
      action.verificationMethod = challenge.verificationMethod;
      store.setActionState(action, "CHALLENGE_SUCCEEDED");
    }
    return tokens.issue(action, action.scope);
  }

  /** The action of a challenge whose user is known, tracked when it is new: what is asked for is a challenge. */
  #trackFor(challenge: StartedChallenge): TrackedAction | undefined {
    const { store } = this.#context;
    if (challenge.userId === undefined) {
      return undefined;
    }
    const key = this.#keyOf(challenge);
    const known = store.action(key);
    if (known !== undefined) {
      return known;
    }
    store.ensureConfiguration(key.actionCode);
    store.ensureUser(key.userId);
    const now = store.now();
    const action: TrackedAction = {
      ...key,
      createdAt: now,
      state: "CHALLENGE_REQUIRED",
      stateUpdatedAt: now,
      outcome: "CHALLENGE",
      rules: [],
      allowedVerificationMethods: [challenge.verificationMethod],
      custom: challenge.custom ?? {},
      scope: challenge.scope ?? "read:authenticators",
      ipAddress: challenge.ipAddress,
      userAgent: challenge.userAgent,
      deviceId: challenge.deviceId,
    };
    store.addAction(action);
    return action;
  }

  #keyOf({ userId = "", actionCode = DEFAULT_ACTION_CODE, idempotencyKey }: StartedChallenge): ActionKey {
    return { userId, actionCode, idempotencyKey };
  }
}

function channelOf({ verificationMethod }: StartedChallenge): CodeChannel {
  return verificationMethod === "SMS" || verificationMethod === "WHATSAPP" ? verificationMethod : "EMAIL_OTP";
}

/** SMS may be asked to go over WhatsApp. */
function shownChannel(challenge: StartedChallenge): CodeChannel {
  return challenge.smsChannel === "WHATSAPP" ? "WHATSAPP" : channelOf(challenge);
}

function addressOf({ email, phoneNumber }: StartedChallenge): string {
  return email ?? phoneNumber ?? "";
}

function randomCode(): string {
  return randomInt(10 ** choices.OTP_DIGITS)
    .toString()
    .padStart(choices.OTP_DIGITS, "0");
}
