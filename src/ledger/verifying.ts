import { readChallenge } from "./challenges.ts";
import type { ChallengeId, Verifying } from "./port.ts";

/** Reads a challenge as Authsignal names it. One that was passed already may be passed again: that changes nothing. */
export function verifying(sql: SqlStorage, id: ChallengeId, action: string, nowMs: number): Verifying {
  const found = readChallenge(sql, id, nowMs);
  if (found === undefined) {
    return "unknown";
  }
  if (found.view.action !== action) {
    return "over";
  }
  switch (found.view.state) {
    case "opening":
    case "pending":
    case "succeeded":
    case "consumed":
    case "delivered":
    case "uncertain":
      return "open";
    case "cancelled":
    case "failed":
    case "expired":
    case "superseded":
      return "over";
  }
}
