import { randomUUID } from "node:crypto";
import type { Approval } from "../approvals.ts";
import { isAnswered } from "../approvals.ts";
import { trackVerified } from "../anonymous-action.ts";
import { complete } from "../completion.ts";
import type { Context } from "../context.ts";
import { isAllowed, mayVerify } from "../permissions.ts";

export type Decision =
  /** It was decided, or shown to the person for the first time. */
  | "done"
  /** It is gone, answered, expired, or someone else's. */
  | "gone"
  /** This person has no phone of the kind. */
  | "no_phone"
  /** The `action.verify` webhook refused; it can be tried again. */
  | "refused";

/** A phone scans a QR code: whoever holds it is the one who will be asked. */
export function claim(context: Context, challengeId: string, userId: string): Decision {
  const { store, client } = context;
  const approval = client.approvals.find(challengeId);
  if (approval === undefined || approval.method !== "QR_CODE" || approval.state !== "unclaimed") {
    return "gone";
  }
  if (!hasPhone(context, approval, userId)) {
    return "no_phone";
  }
  if (approval.action === undefined) {
    const key = { userId, actionCode: approval.actionCode, idempotencyKey: randomUUID() };
    approval.action = trackVerified(store, key, "QR_CODE", { custom: approval.custom });
  } else if (approval.action.userId !== userId) {
    return "gone";
  }
  client.approvals.move(approval, "claimed");
  return "done";
}

/** A phone says yes or no to what it was shown. A yes completes the action. */
export async function decide(
  context: Context,
  challengeId: string,
  userId: string,
  isApproved: boolean,
): Promise<Decision> {
  const { store, client } = context;
  const approval = client.approvals.find(challengeId);
  if (approval === undefined || isAnswered(approval) || approval.action?.userId !== userId) {
    return "gone";
  }
  if (!isApproved) {
    client.approvals.move(approval, "rejected");
    return "done";
  }
  const action = store.action(approval.action);
  const phone = store.authenticatorsOf(userId).find((one) => one.verificationMethod === approval.method);
  if (phone === undefined) {
    return "no_phone";
  }
  if (action === undefined || !mayVerify(action) || !isAllowed(action, approval.method)) {
    return "gone";
  }
  const completion = await complete(context, action, phone);
  if (completion.kind === "refused") {
    return "refused";
  }
  client.approvals.move(approval, "approved");
  return "done";
}

/** What this person's phone shows: what is meant for it, and the QR codes that nobody has scanned yet. */
export function shownOn({ client }: Context, userId: string): Approval[] {
  return client.approvals
    .open()
    .filter(({ action, state }) =>
      state === "unclaimed" ? action === undefined || action.userId === userId : action?.userId === userId,
    );
}

function hasPhone({ store }: Context, { method }: Approval, userId: string): boolean {
  return store.authenticatorsOf(userId).some((one) => one.verificationMethod === method);
}
