import { MAX_REMEMBERED_MESSAGES } from "./choices.ts";
import type { Method } from "./model.ts";

/** One message that a real tenant would have sent. */
export interface Message {
  readonly to: string;
  readonly channel: Method;
  /** Empty for a message that carries a link. */
  readonly code: string;
  /** EMAIL_MAGIC_LINK only: the link. */
  readonly url?: string;
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

  load(messages: readonly Message[]): void {
    this.#messages = [...messages];
  }

  clear(): void {
    this.#messages = [];
  }
}
