/** How far back the actions of a user are compared: a review may take a weekend. */
export const ACTION_LOOK_BACK_MS = 3 * 24 * 3_600_000;

/** A state that an action came into. */
export interface ActionState {
  /** Of the event that tells it. */
  readonly id: string;
  readonly atMs: number;
  /** Whether the policy does anything about it. */
  readonly isWanted: boolean;
}

/** The states of a user's actions, as Authsignal answered. */
export interface ActionLook {
  /** What happened up to then is taken as given. */
  readonly sinceMs: number;
  readonly states: readonly ActionState[];
}
