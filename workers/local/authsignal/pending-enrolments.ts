import { randomUUID } from "node:crypto";
import { actionKeyText } from "./action-key.ts";
import { BoundedMap } from "./bounded-map.ts";
import { MAX_OPEN_CEREMONIES } from "./choices.ts";
import type { ActionKey, Method } from "./model.ts";
import type { AuthenticatorDetails } from "./state.ts";

/** An authenticator that was promised an id and is not proven yet. */
export interface PendingEnrolment {
  readonly action: ActionKey;
  readonly userAuthenticatorId: string;
  readonly verificationMethod: Method;
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly secret?: string;
}

/** What is being enrolled, one per action and method. */
export class PendingEnrolments {
  readonly #pending = new BoundedMap<PendingEnrolment>(MAX_OPEN_CEREMONIES);

  /** Begins an enrolment, which replaces the one begun before. */
  begin(
    action: ActionKey,
    details: Omit<PendingEnrolment, "userAuthenticatorId" | "action">,
  ): PendingEnrolment {
    const { userId, actionCode, idempotencyKey } = action;
    const key = { userId, actionCode, idempotencyKey };
    const pending = { ...details, action: key, userAuthenticatorId: randomUUID() };
    this.#pending.set(keyText(action, details.verificationMethod), pending);
    return pending;
  }

  get(action: ActionKey, method: Method): PendingEnrolment | undefined {
    return this.#pending.get(keyText(action, method));
  }

  /** What of a user waits for a phone, newest first. */
  ofPhone(userId: string): PendingEnrolment[] {
    return this.#pending
      .values()
      .filter(
        ({ action, verificationMethod }) => action.userId === userId && isPhoneMethod(verificationMethod),
      )
      .toReversed();
  }

  end(action: ActionKey, method: Method): void {
    this.#pending.delete(keyText(action, method));
  }

  clear(): void {
    this.#pending.clear();
  }
}

function isPhoneMethod(method: Method): boolean {
  return method === "PUSH" || method === "QR_CODE";
}

function keyText(action: ActionKey, method: Method): string {
  return `${method} ${actionKeyText(action)}`;
}

/** The authenticator that a proof makes of it. */
export function pendingDetails({ action: _action, ...details }: PendingEnrolment): AuthenticatorDetails {
  return details;
}
