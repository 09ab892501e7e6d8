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

/** Some letters, the oldest first. */
export interface LetterPage {
  readonly letters: readonly DeadLetter[];
  /** What to list after for those that follow; undefined when there are none. */
  readonly next: number | undefined;
}

/** What became of a letter that was brought. */
export interface Burial {
  /** Its number: the same until the letter is dropped, and never given again. */
  readonly burial: number;
  /** False when it was there already. */
  readonly isNew: boolean;
}

/** Where dead letters wait for a person. */
export interface DeadLetterOffice {
  /**
   * Keeps what the queue gave up in one message; undefined when it did so before for this message, and somebody has
   * dropped, replayed or forgotten the letter since.
   */
  bury(
    messageId: string,
    letter: Pick<WholeLetter, "id" | "type" | "sub" | "message">,
  ): Promise<Burial | undefined>;
  /** Notes why an event failed for the last time, before the queue gives it up. */
  noteReasons(id: string, reasons: readonly string[]): Promise<void>;
  /** @param after what the page before calls its `next`; 0 for the first. */
  list(after: number): Promise<LetterPage>;
  find(id: string): Promise<WholeLetter | undefined>;
  /** Forgets a letter with its reasons; false when there was none. */
  drop(id: string): Promise<boolean>;
  /** Forgets every letter about a user; gives how many there were. */
  forget(sub: Sub): Promise<number>;
  countUnknown(types: readonly string[]): Promise<void>;
  unknownTypes(): Promise<readonly UnknownType[]>;
}

/** How many letters one list holds. */
export const LETTERS_PER_PAGE = 100;
