import { randomBytes } from "node:crypto";
import type { Approval } from "./approvals.ts";
import { logChallenge } from "./challenge-log.ts";
import { OTP_LIFETIME_MINUTES } from "./choices.ts";
import type { Context } from "./context.ts";
import { announcePush, sendMessage } from "./message-webhooks.ts";
import type { ActionKey, CodeChannel, TrackedAction } from "./model.ts";

/** "failed": the webhook that should have carried the message did not take it. */
export type Sending = "sent" | "too_many" | "failed";

/** Sends a one-time code. The one place where the client API and the pre-built UI do so. */
export async function sendCode(
  context: Context,
  action: ActionKey,
  channel: CodeChannel,
  to: string,
): Promise<Sending> {
  const { verifier } = context;
  const code = verifier.issueCode(action, channel, to);
  if (code === undefined) {
    logChallenge(context, action, channel, to, "RATE_LIMIT_EXCEEDED");
    return "too_many";
  }
  const isTaken = await sendMessage(context, { action, channel, to, code });
  if (!isTaken) {
    verifier.forgetCode(action, channel, to);
  }
  logChallenge(context, action, channel, to, isTaken ? "SENT" : "SEND_DOWNSTREAM_FAILED");
  return isTaken ? "sent" : "failed";
}

/** Sends a link that confirms this action when it is opened; it replaces the one before. */
export async function sendLink(context: Context, action: ActionKey, to: string): Promise<Sending> {
  const { verifier, client, publicUrl, nowMs } = context;
  if (!verifier.takeSend(action, "EMAIL_MAGIC_LINK")) {
    logChallenge(context, action, "EMAIL_MAGIC_LINK", to, "RATE_LIMIT_EXCEEDED");
    return "too_many";
  }
  const secret = randomBytes(24).toString("base64url");
  const url = `${publicUrl()}/magic?link=${secret}`;
  const isTaken = await sendMessage(context, { action, channel: "EMAIL_MAGIC_LINK", to, url });
  if (isTaken) {
    client.links.open(secret, action, to, nowMs() + OTP_LIFETIME_MINUTES * 60_000);
  }
  logChallenge(context, action, "EMAIL_MAGIC_LINK", to, isTaken ? "SENT" : "SEND_DOWNSTREAM_FAILED");
  return isTaken ? "sent" : "failed";
}

/** Sends a push to the phones of the action's user. */
export async function sendPush(
  context: Context,
  action: TrackedAction,
): Promise<Approval | Exclude<Sending, "sent">> {
  const { actionCode, custom } = action;
  const approval = context.client.approvals.begin({ method: "PUSH", actionCode, custom, action });
  if (await announcePush(context, action, approval.challengeId)) {
    return approval;
  }
  context.client.approvals.move(approval, "rejected");
  return "failed";
}
