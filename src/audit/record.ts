/** One entry of the record (design decision 17): who, what, why, which rule, which method. Never a token, code or body. */
export interface AuditEntry {
  readonly event:
    | "challenge"
    | "enrolment"
    | "review"
    | "allowed"
    | "allowed_unavailable"
    | "refused"
    | "completed"
    | "cancelled"
    | "released"
    | "delivered"
    | "uncertain"
    | "signed_in"
    | "signed_out"
    | "sign_in_stopped"
    | "settings_opened"
    | "contacts_written"
    | "revoked"
    | "forgotten"
    | "cut"
    | "event_received"
    | "event_refused"
    | "alert_failed"
    | "reaction_failed"
    | "event_dead"
    | "caught_up"
    | "catch_up_failed"
    | "answered"
    | "origin_failed"
    | "shadow"
    | "misconfigured"
    | "policy_fallback"
    | "bug";
  /** What somebody should be woken for; written to the error stream. */
  readonly level?: "alert";
  readonly requestId: string;
  readonly sub?: string;
  readonly route?: string;
  readonly action?: string;
  readonly challenge?: string;
  readonly reason?: string;
  readonly ruleIds?: readonly string[];
  readonly verificationMethod?: string;
  readonly policy?: string;
  readonly latencyMs?: number;
  /** What was enforced, and what something in shadow would have done instead. */
  readonly enforced?: string;
  readonly would?: string;
}

/** Where entries go. */
export type AuditRecord = (entry: AuditEntry) => void;

/** Writes entries as one JSON object per line, whose fields the platform indexes (workers.md 1.5). */
export const recordToConsole: AuditRecord = (entry) => {
  const line = JSON.stringify({ at: new Date().toISOString(), ...entry });
  if (entry.level === "alert") {
    console.error(line);
  } else {
    console.log(line);
  }
};
