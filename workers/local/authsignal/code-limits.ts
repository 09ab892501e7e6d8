import * as choices from "./choices.ts";
import { RateWindow } from "./rate-window.ts";

const MINUTE_MS = 60_000;

/** How often codes may be sent to an address and checked (reference 1.4). */
export class CodeLimits {
  readonly emails = new RateWindow(choices.MAX_CODE_SENDS, choices.CODE_SEND_WINDOW_MINUTES * MINUTE_MS);
  readonly phones = new RateWindow(
    choices.MAX_PHONE_CODE_SENDS,
    choices.CODE_SEND_WINDOW_MINUTES * MINUTE_MS,
  );
  readonly checks = new RateWindow(choices.MAX_CODE_CHECKS, choices.CODE_CHECK_WINDOW_MINUTES * MINUTE_MS);

  /** Forgets what was counted. */
  clear(): void {
    this.emails.clear();
    this.phones.clear();
    this.checks.clear();
  }
}
