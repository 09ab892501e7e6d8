import type { ChallengeState } from "./port.ts";

/**
 * Which state of a challenge may follow which: the only place that says so. Everything not listed is refused.
 *
 * `uncertain` may become `succeeded` again only when the person who was told "it may or may not have been done"
 * checks and asks to send again, with the same idempotency key (design decision 8).
 */
export const TRANSITIONS: Readonly<Record<ChallengeState, readonly ChallengeState[]>> = {
  opening: ["pending", "succeeded", "expired"],
  pending: ["succeeded", "cancelled", "failed", "superseded", "expired"],
  succeeded: ["consumed", "superseded", "expired"],
  consumed: ["delivered", "uncertain"],
  uncertain: ["delivered", "succeeded", "expired"],
  cancelled: ["superseded", "expired"],
  failed: ["superseded", "expired"],
  delivered: [],
  expired: [],
  superseded: [],
};

/** Whether a challenge may move from one state to another. */
export function mayBecome(from: ChallengeState, to: ChallengeState): boolean {
  return TRANSITIONS[from].includes(to);
}

/** The longest that an origin may be given to begin its answer (`ORIGIN_TIMEOUT_MS`). */
export const MAX_ORIGIN_TIMEOUT_MS = 600_000;

/**
 * A request handed out longer ago than this, with no word of its fate: the isolate that had it is gone. Longer than any
 * origin timeout: while the request is under way nobody is told to send it again.
 */
export const DELIVERY_SILENCE_MS = MAX_ORIGIN_TIMEOUT_MS + 60_000;

/**
 * The state a stored challenge is in at `nowMs`. Time alone makes it `expired`, and makes a consumed request whose
 * fate nobody reported `uncertain`; neither needs a timer to be true.
 */
export function stateAt(
  stored: {
    readonly state: ChallengeState;
    readonly expiresAtMs: number;
    readonly consumedAtMs: number | undefined;
  },
  nowMs: number,
): ChallengeState {
  if (stored.state === "consumed") {
    const silentMs = nowMs - (stored.consumedAtMs ?? nowMs);
    return silentMs >= DELIVERY_SILENCE_MS ? "uncertain" : "consumed";
  }
  return nowMs >= stored.expiresAtMs && mayBecome(stored.state, "expired") ? "expired" : stored.state;
}
