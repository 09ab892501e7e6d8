import { randomBytes } from "node:crypto";

/** The server API secrets: the first is current, the others are still accepted and sign webhooks too (reference 1.2). */
export class SecretKeys {
  /** One list for everybody who reads it, changed in place. */
  readonly list: string[];

  constructor(keys: readonly string[]) {
    this.list = [...keys];
  }

  /** Makes a new key current; the one that was stays active beside it, as two can be. Returns the new one. */
  rotate(next = `local-${randomBytes(24).toString("hex")}`): string {
    this.replace([next, ...this.list.slice(0, 1)]);
    return next;
  }

  /** Ends every key but the current one. */
  retirePrevious(): void {
    this.replace(this.list.slice(0, 1));
  }

  /** Takes other keys. */
  replace(keys: readonly string[]): void {
    this.list.splice(0, this.list.length, ...keys);
  }
}
