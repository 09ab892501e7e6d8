import type { Sub } from "../identity/principal.ts";

/** A user whose turn will come. */
export interface Waiting {
  readonly sub: Sub;
  /** Since their last turn. Whoever had none yet counts as waiting for a day already when they come. */
  readonly sinceMs: number;
}

/** Users who were active lately: whom the catch-up job compares. */
export interface Roster {
  /** Notes that a user is active. */
  note(sub: Sub): Promise<void>;
  /** Those who were active lately, whoever waits longest first. */
  waiting(atMost: number): Promise<readonly Waiting[]>;
  /**
   * Notes whether the policy of this run asks for actions.
   *
   * @returns from when on it does, and actions are to be compared; undefined when it does not.
   */
  asksForActions(doesAsk: boolean): Promise<number | undefined>;
  /** These had their turn. */
  looked(subs: readonly Sub[]): Promise<void>;
  /** Forgets a user. */
  forget(sub: Sub): Promise<void>;
}

/** Few, so that one run can ask each; several, because one object handles some hundred calls a second. */
const SHARDS = 8;
const PRIME = 31;

/** The names of all shards. */
export const ROSTER_NAMES: readonly string[] = Array.from(
  { length: SHARDS },
  (_, index) => `roster-${index}`,
);

/** The shard that a user is on; always the same. */
export function rosterOf(sub: Sub): string {
  let sum = 0;
  for (const character of sub) {
    sum = (sum * PRIME + character.charCodeAt(0)) % 65_536;
  }
  return `roster-${sum % SHARDS}`;
}
