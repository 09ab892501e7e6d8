import type { Context } from "./context.ts";
import type { ActionKey, Method, TrackedAction } from "./model.ts";

/** One message on its way to a person. */
export interface Outgoing {
  readonly action: ActionKey;
  readonly channel: Method;
  readonly to: string;
  readonly code?: string;
  readonly url?: string;
}

/**
 * Hands a message to the webhook of its channel, if there is one; where there is, its answer decides (reference 6.2).
 * Then it lies in the inbox. False: it was not taken.
 */
export async function sendMessage(context: Context, message: Outgoing): Promise<boolean> {
  const { webhooks, inbox, store, nowMs } = context;
  const { action, channel, to, code, url } = message;
  const isByPhone = channel === "SMS" || channel === "WHATSAPP";
  const webhookUrl = isByPhone ? webhooks.behaviour.smsUrl : webhooks.behaviour.emailUrl;
  const { userId, actionCode, idempotencyKey } = action;
  const tracked = store.action(action);
  if (webhookUrl !== undefined) {
    const accepted = await webhooks.ask(webhookUrl, isByPhone ? "sms.created" : "email.created", {
      to,
      ...(code === undefined ? { url } : { code }),
      userId,
      actionCode,
      idempotencyKey,
      ...(isByPhone ? {} : { verificationMethod: channel, ...circumstancesOf(tracked) }),
      locale: tracked?.locale,
    });
    if (!accepted) {
      return false;
    }
  }
  const at = new Date(nowMs()).toISOString();
  inbox.deliver({
    to,
    channel,
    code: code ?? "",
    ...(url === undefined ? {} : { url }),
    at,
    actionCode,
    userId,
  });
  return true;
}

/** Tells the push webhook, if there is one. False: it was not taken. */
export async function announcePush(
  { webhooks }: Context,
  action: TrackedAction,
  challengeId: string,
): Promise<boolean> {
  const { pushUrl } = webhooks.behaviour;
  const { userId, actionCode, idempotencyKey } = action;
  return (
    pushUrl === undefined ||
    webhooks.ask(pushUrl, "push.created", {
      challengeId,
      userId,
      actionCode,
      idempotencyKey,
      ...circumstancesOf(action),
    })
  );
}

function circumstancesOf(action: TrackedAction | undefined): Record<string, unknown> {
  return { userAgent: action?.userAgent, ipAddress: action?.ipAddress };
}
