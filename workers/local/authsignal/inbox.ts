import { MAX_REMEMBERED_MESSAGES } from "./choices.ts";
import type { Method } from "./model.ts";

/** One message that a real tenant would have sent. */
export interface Message {
  readonly to: string;
  readonly channel: Method;
  readonly code: string;
  /** ISO-8601. */
  readonly at: string;
  readonly actionCode: string;
  readonly userId: string;
}

/** Where the codes of the local world arrive. */
export class Inbox {
  #messages: Message[] = [];

  deliver(message: Message): void {
    this.#messages = [message, ...this.#messages].slice(0, MAX_REMEMBERED_MESSAGES);
  }

  /** Newest first; with an address, only its messages. */
  messages(to?: string): readonly Message[] {
    return to === undefined || to === ""
      ? this.#messages
      : this.#messages.filter((message) => message.to.toLowerCase() === to.toLowerCase());
  }

  clear(): void {
    this.#messages = [];
  }
}
