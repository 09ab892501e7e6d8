import { actionKeyText } from "./action-key.ts";
import { BoundedMap } from "./bounded-map.ts";
import { MAX_OPEN_CEREMONIES } from "./choices.ts";
import type { ActionKey } from "./model.ts";

export interface MagicLink {
  readonly secret: string;
  readonly action: ActionKey;
  readonly to: string;
  readonly expiresAtMs: number;
  /** Set by the person who opened the link and agreed. */
  isConfirmed: boolean;
}

/** The links that were sent: for each action the newest, and only until it expires. */
export class MagicLinks {
  readonly #bySecret = new BoundedMap<MagicLink>(MAX_OPEN_CEREMONIES);
  readonly #newest = new BoundedMap<MagicLink>(MAX_OPEN_CEREMONIES);
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Remembers a link, which replaces the one sent before for this action. */
  open(secret: string, action: ActionKey, to: string, expiresAtMs: number): void {
    const link = { secret, action, to, expiresAtMs, isConfirmed: false };
    const before = this.of(action);
    if (before !== undefined) {
      this.#bySecret.delete(before.secret);
    }
    this.#bySecret.set(secret, link);
    this.#newest.set(actionKeyText(action), link);
  }

  /** The link with this secret, while it works. */
  find(secret: string): MagicLink | undefined {
    return this.#alive(this.#bySecret.get(secret));
  }

  /** The link that was last sent for this action, while it works. */
  of(action: ActionKey): MagicLink | undefined {
    return this.#alive(this.#newest.get(actionKeyText(action)));
  }

  clear(): void {
    this.#bySecret.clear();
    this.#newest.clear();
  }

  #alive(link: MagicLink | undefined): MagicLink | undefined {
    return link !== undefined && link.expiresAtMs > this.#nowMs() ? link : undefined;
  }
}
