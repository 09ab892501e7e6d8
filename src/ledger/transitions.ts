import type { ChallengeState } from "./port.ts";

/** What moves a challenge: a call of the ledger, or time alone. */
export type Mover = "pend" | "settle" | "consume" | "finish" | "sendAgain" | "supersede" | "react" | "time";

/**
 * Which state of a challenge may follow which, and by what: the only place that says so (docs/step-up.md shows it, and a
 * test compares). Everything not listed is refused.
 *
 * `uncertain` may become `succeeded` again only when the person who was told "it may or may not have been done"
 * checks and asks to send again, with the same idempotency key (design decision 8): never by a late word of Authsignal's.
 */
export const TRANSITIONS: Readonly<
  Record<ChallengeState, Readonly<Partial<Record<ChallengeState, readonly Mover[]>>>>
> = {
  opening: { pending: ["pend"], succeeded: ["pend"], expired: ["time"] },
  pending: {
    succeeded: ["settle"],
    cancelled: ["settle"],
    failed: ["settle"],
    superseded: ["supersede"],
    expired: ["time"],
  },
  succeeded: { consumed: ["consume"], failed: ["react"], superseded: ["supersede"], expired: ["time"] },
  consumed: { delivered: ["finish"], uncertain: ["finish", "time"] },
  uncertain: { delivered: ["finish"], succeeded: ["sendAgain"], expired: ["time"] },
  cancelled: { superseded: ["supersede"], expired: ["time"] },
  failed: { superseded: ["supersede"], expired: ["time"] },
  delivered: {},
  expired: {},
  superseded: {},
};

/** Whether a challenge may move from one state to another in this way. */
export function mayBecome(from: ChallengeState, to: ChallengeState, by: Mover): boolean {
  return TRANSITIONS[from][to]?.includes(by) ?? false;
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
  return nowMs >= stored.expiresAtMs && mayBecome(stored.state, "expired", "time") ? "expired" : stored.state;
}
