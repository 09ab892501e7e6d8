import type { ErrorCode } from "../http/codes.ts";

/** The public codes that a trigger refuses with. */
export const REFUSAL_CODES = [
  "blocked",
  "review_required",
  "enrolment_required",
  "step_up_required",
  "sign_in_failed",
  "sign_in_throttled",
  "sign_in_unavailable",
  "sign_up_closed",
  "internal",
] as const satisfies readonly ErrorCode[];
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/**
 * Why a trigger does not go on. Cognito hands the code to the client in a `UserLambdaValidationException`:
 * "CreateAuthChallenge failed with error blocked." (cognito.md section 4). `reason` is for the record only.
 */
export interface Refusal {
  readonly code: RefusalCode;
  readonly reason: string;
}
