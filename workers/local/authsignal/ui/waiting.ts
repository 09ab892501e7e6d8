import { isSameAction } from "../action-key.ts";
import { isAnswered } from "../approvals.ts";
import type { Context } from "../context.ts";
import type { Authenticator, TrackedAction } from "../model.ts";
import type { Fields, Visit } from "./visit.ts";

/** How something stands that is answered elsewhere: in a mailbox or on a phone. */
export type Standing = "waiting" | "answered" | "denied" | "gone";

/**
 * Whether a challenge was answered elsewhere by exactly this authenticator: a link by its mailbox, an approval by its
 * kind of phone. For every other method nothing ever is.
 */
export function challengeStanding(
  context: Context,
  action: TrackedAction,
  { verificationMethod, email }: Authenticator,
  approvalId: string | undefined,
): Standing {
  switch (verificationMethod) {
    case "EMAIL_MAGIC_LINK":
      return email === undefined ? "gone" : linkStanding(context, action, email);
    case "PUSH":
    case "QR_CODE":
      return approvalStanding(context, action, verificationMethod, approvalId);
    default:
      return "gone";
  }
}

/** Whether the link that was sent to this address for this action was confirmed. */
export function linkStanding({ client }: Context, action: TrackedAction, to: string): Standing {
  const link = client.links.of(action);
  if (link === undefined || link.to !== to) {
    return "gone";
  }
  return link.isConfirmed ? "answered" : "waiting";
}

/** Whether this device, which was promised to the user, is set up. */
export function deviceStanding(
  { store }: Pick<Context, "store">,
  action: TrackedAction,
  device: string,
): Standing {
  const isSetUp = store
    .authenticatorsOf(action.userId)
    .some((one) => one.userAuthenticatorId === device && isPhone(one));
  return isSetUp ? "answered" : "waiting";
}

/** What a waiting page is told: only whether it is time to ask. Asking decides by the rules above. */
export function hasNews({ client, store }: Context, visit: Visit, fields: Fields): boolean {
  const device = fields.get("device");
  if (device !== undefined) {
    return deviceStanding({ store }, visit.action, device) !== "waiting";
  }
  const approvalId = fields.get("approval");
  if (approvalId !== undefined) {
    const approval = client.approvals.find(approvalId);
    return approval === undefined || isAnswered(approval);
  }
  return client.links.of(visit.action)?.isConfirmed !== false;
}

function approvalStanding(
  { client }: Context,
  action: TrackedAction,
  method: "PUSH" | "QR_CODE",
  approvalId: string | undefined,
): Standing {
  const approval = client.approvals.find(approvalId ?? "");
  if (approval?.method !== method || !isSameAction(approval.action, action)) {
    return "gone";
  }
  return isAnswered(approval) ? (approval.state === "approved" ? "answered" : "denied") : "waiting";
}

function isPhone({ verificationMethod }: Authenticator): boolean {
  return verificationMethod === "PUSH" || verificationMethod === "QR_CODE";
}
