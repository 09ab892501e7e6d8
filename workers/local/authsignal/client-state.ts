import { Approvals } from "./approvals.ts";
import { MagicLinks } from "./magic-links.ts";
import { PendingEnrolments } from "./pending-enrolments.ts";
import { Ceremonies } from "./webauthn-ceremonies.ts";
import type { WebauthnSettings } from "./webauthn-settings.ts";

/** What a browser or a phone has begun and not yet finished. None of it survives a restart. */
export class ClientState {
  readonly links: MagicLinks;
  readonly pending = new PendingEnrolments();
  readonly ceremonies: Ceremonies;
  readonly approvals: Approvals;
  /** Given by the options; what is left out follows the address of the pages. */
  readonly webauthn: Partial<WebauthnSettings>;
  /** The origins that may show the pre-built UI in a popup; undefined: any. */
  readonly popupOrigins: readonly string[] | undefined;

  constructor(options: {
    readonly nowMs: () => number;
    readonly webauthn?: Partial<WebauthnSettings> | undefined;
    readonly popupOrigins?: readonly string[] | undefined;
  }) {
    this.links = new MagicLinks(options.nowMs);
    this.ceremonies = new Ceremonies(options.nowMs);
    this.approvals = new Approvals(options.nowMs);
    this.webauthn = options.webauthn ?? {};
    this.popupOrigins = options.popupOrigins;
  }

  /** Forgets everything that was begun. */
  clear(): void {
    this.links.clear();
    this.pending.clear();
    this.ceremonies.clear();
    this.approvals.clear();
  }
}
