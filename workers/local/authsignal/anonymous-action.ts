import type { CustomData, ActionKey, Method, TrackedAction } from "./model.ts";
import type { Store } from "./state.ts";

/**
 * The action of someone who began without a token (passkey sign-in, QR code) and is known now. Rules are not asked:
 * the person has just proven more than they could demand.
 */
export function trackVerified(
  store: Store,
  key: ActionKey,
  method: Method,
  more: { readonly custom?: CustomData; readonly deviceId?: string | undefined } = {},
): TrackedAction {
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
    allowedVerificationMethods: [method],
    custom: more.custom ?? {},
    scope: "read:authenticators",
    ...(more.deviceId === undefined ? {} : { deviceId: more.deviceId }),
  };
  store.addAction(action);
  return action;
}
