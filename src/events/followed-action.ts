import type { AuthsignalEvent } from "./event.ts";
import { stableId } from "./stable-id.ts";

type ActionLog = Extract<AuthsignalEvent, { kind: "action-log" }>;

/** An event that says which action came into which state. */
export type FollowedAction = ActionLog & { readonly idempotencyKey: string; readonly state: string };

/** Whether an event is about an action that Authsignal's list names too. */
export function isFollowedAction(event: AuthsignalEvent): event is FollowedAction {
  return event.kind === "action-log" && event.idempotencyKey !== undefined && event.state !== undefined;
}

/**
 * The id of "this action came into this state", the same whoever tells it: a log record, or Authsignal's list. The time
 * is left out of it, since the two need not write it alike: a state that an action comes into again is no new event.
 */
export function followedActionId({
  sub,
  action,
  idempotencyKey,
  state,
}: Omit<FollowedAction, "id">): Promise<string> {
  return stableId("action", [sub, action, idempotencyKey, state]);
}
