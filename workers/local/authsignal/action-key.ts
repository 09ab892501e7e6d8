import type { ActionKey } from "./model.ts";

/** An action's three names as one text, for maps. */
export function actionKeyText({ userId, actionCode, idempotencyKey }: ActionKey): string {
  return JSON.stringify([userId, actionCode, idempotencyKey]);
}

/** Whether two keys name the same action; something that has none is nobody's. */
export function isSameAction(a: ActionKey | undefined, b: ActionKey): boolean {
  return a !== undefined && actionKeyText(a) === actionKeyText(b);
}
