import type { Sub } from "../identity/principal.ts";

/** An event that could not be carried out after every retry. */
export interface DeadLetter {
  readonly id: string;
  /** The event's type; `unreadable` for a message that is no event. */
  readonly type: string;
  readonly sub: string | undefined;
  /** When it was given up, by this clock. */
  readonly buriedAtMs: number;
  /** Why the last try failed, one line for each effect; empty when nobody said. */
  readonly reasons: readonly string[];
}

/** With what is to be tried again: the message as it was queued. */
export interface WholeLetter extends DeadLetter {
  readonly message: unknown;
}

/** An event type that this version does not know, and how often it came. */
export interface UnknownType {
  readonly type: string;
  readonly count: number;
  readonly lastAtMs: number;
}

/** Where dead letters wait for a person. */
export interface DeadLetterOffice {
  /** Keeps a letter; false when it is there already. */
  bury(letter: Pick<WholeLetter, "id" | "type" | "sub" | "message">): Promise<boolean>;
  /** Notes why an event failed for the last time, before the queue gives it up. */
  noteReasons(id: string, reasons: readonly string[]): Promise<void>;
  /** The oldest first, after the letter named. */
  list(after: string | undefined): Promise<readonly DeadLetter[]>;
  find(id: string): Promise<WholeLetter | undefined>;
  /** Forgets a letter; false when there was none. */
  drop(id: string): Promise<boolean>;
  /** Forgets every letter about a user; gives how many there were. */
  forget(sub: Sub): Promise<number>;
  countUnknown(types: readonly string[]): Promise<void>;
  unknownTypes(): Promise<readonly UnknownType[]>;
}

/** How many letters one list holds. */
export const LETTERS_PER_PAGE = 100;
