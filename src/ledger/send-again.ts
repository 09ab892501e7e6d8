import type { ChallengeView } from "./port.ts";
import { mayBecome } from "./transitions.ts";

/** A person who was told to check first has this long to send again. */
const SEND_AGAIN_MS = 10 * 60_000;

/** Lets a kept request whose fate is not known go once more; false where it may not, or nothing is kept. */
export function letSendAgain(sql: SqlStorage, view: ChallengeView, nowMs: number): boolean {
  if (!view.hasKept || !mayBecome(view.state, "succeeded", "sendAgain")) {
    return false;
  }
  sql.exec(
    `UPDATE challenge SET state = 'succeeded', expires_at_ms = max(expires_at_ms, ?) WHERE id = ?`,
    nowMs + SEND_AGAIN_MS,
    view.id,
  );
  return true;
}
