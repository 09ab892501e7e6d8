import { randomUUID } from "node:crypto";

const MAX_MESSAGES = 500;

/** A message that Cognito would have sent by e-mail or as a text message. */
export interface Message {
  readonly id: string;
  readonly to: string;
  readonly username: string;
  readonly subject: string;
  readonly text: string;
  /** The code in it, if that is what it is about. */
  readonly code?: string;
  readonly sentAtMs: number;
}

/** Everything that was sent, newest first; the oldest goes when there is too much. */
export class Inbox {
  #messages: Message[];

  constructor(messages: readonly Message[] = []) {
    this.#messages = [...messages];
  }

  send(message: Omit<Message, "id">): void {
    this.#messages = [{ ...message, id: randomUUID() }, ...this.#messages].slice(0, MAX_MESSAGES);
  }

  /** All messages, or those to one address. */
  messages(to?: string): readonly Message[] {
    return to === undefined
      ? this.#messages
      : this.#messages.filter((message) => message.to.toLowerCase() === to.toLowerCase());
  }

  clear(): void {
    this.#messages = [];
  }
}
