import { actionKeyText } from "./action-key.ts";
import { MAX_REMEMBERED_ACTION_BYTES, MAX_REMEMBERED_ACTIONS } from "./choices.ts";
import type { ActionKey, TrackedAction } from "./model.ts";

/** Tracked actions by their key, bounded in number and in size: the oldest is forgotten first. */
export class ActionLog {
  readonly #actions = new Map<string, { readonly action: TrackedAction; readonly bytes: number }>();
  #bytes = 0;

  get(key: ActionKey): TrackedAction | undefined {
    return this.#actions.get(actionKeyText(key))?.action;
  }

  /** Oldest first. */
  all(): TrackedAction[] {
    return Array.from(this.#actions.values(), ({ action }) => action);
  }

  add(action: TrackedAction): void {
    const key = actionKeyText(action);
    this.#remove(key);
    const bytes = sizeOf(action);
    this.#actions.set(key, { action, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#actions.keys()) {
      const isFull = this.#actions.size > MAX_REMEMBERED_ACTIONS || this.#bytes > MAX_REMEMBERED_ACTION_BYTES;
      if (!isFull || oldest === key) {
        return;
      }
      this.#remove(oldest);
    }
  }

  removeOf(userId: string): void {
    for (const [key, { action }] of this.#actions) {
      if (action.userId === userId) {
        this.#remove(key);
      }
    }
  }

  clear(): void {
    this.#actions.clear();
    this.#bytes = 0;
  }

  #remove(key: string): void {
    this.#bytes -= this.#actions.get(key)?.bytes ?? 0;
    this.#actions.delete(key);
  }
}

/** What callers can make long, roughly. */
function sizeOf({ custom, userAgent, redirectUrl, deviceId }: TrackedAction): number {
  let characters = (userAgent?.length ?? 0) + (redirectUrl?.length ?? 0) + (deviceId?.length ?? 0);
  for (const [name, value] of Object.entries(custom)) {
    characters += name.length + (typeof value === "string" ? value.length : 8);
  }
  // Strings of the trace repeat the custom data that rules read.
  return 1_000 + characters * 4;
}
