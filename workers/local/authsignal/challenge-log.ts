import type { Context } from "./context.ts";
import type { ActionKey, CodeChannel } from "./model.ts";

/** What can happen to a code or a link, as the end of the record's `type` (reference 6.3). */
export type ChallengeHappening =
  | "SENT"
  | "CODE_VALID"
  | "CODE_INVALID_OR_EXPIRED"
  | "MAX_ATTEMPTS_EXCEEDED"
  | "RATE_LIMIT_EXCEEDED"
  | "SEND_DOWNSTREAM_FAILED";

/** Writes a `challenge.log_created` record. */
export function logChallenge(
  { webhooks, tenantId }: Pick<Context, "webhooks" | "tenantId">,
  action: ActionKey,
  channel: CodeChannel | "EMAIL_MAGIC_LINK",
  to: string,
  happening: ChallengeHappening,
): void {
  const { userId, actionCode, idempotencyKey } = action;
  // The documentation has this one name without CODE.
  const ending =
    channel === "EMAIL_OTP" && happening === "CODE_INVALID_OR_EXPIRED" ? "INVALID_OR_EXPIRED" : happening;
  const record = {
    tenantId,
    userId,
    actionCode,
    idempotencyKey,
    type: `${channel}_${ending}`,
    verificationMethod: channel,
    ...(channel === "SMS" || channel === "WHATSAPP" ? { phoneNumber: to } : { email: to }),
  };
  webhooks.log("challenge.log_created", () => record);
}
