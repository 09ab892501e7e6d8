import { describe, expect, it } from "vitest";
import { decide, ENROLMENT_SIGN_IN_SECONDS } from "../../../src/stepup/decide.ts";

type Row = readonly [
  state: Parameters<typeof decide>[0]["state"],
  isEnrolled: boolean,
  unenrolled: Parameters<typeof decide>[1]["unenrolled"],
  ageSeconds: number,
  expected: object,
];

const forward = { kind: "forward" };
const refuse = (code: string) => ({ kind: "refuse", code });
const OLD = ENROLMENT_SIGN_IN_SECONDS;

const TABLE: readonly Row[] = [
  ["ALLOW", true, "enroll", OLD, forward],
  ["ALLOW", true, "deny", OLD, forward],
  ["ALLOW", true, "allow", OLD, forward],
  ["ALLOW", false, "allow", OLD, forward],
  ["ALLOW", false, "deny", 0, refuse("enrolment_required")],
  ["ALLOW", false, "enroll", 0, { kind: "enrol" }],
  ["ALLOW", false, "enroll", OLD - 1, { kind: "enrol" }],
  ["ALLOW", false, "enroll", OLD, { kind: "sign-in-first", maxAgeSeconds: OLD }],
  ["CHALLENGE_REQUIRED", true, "allow", 0, { kind: "challenge" }],
  ["CHALLENGE_REQUIRED", false, "allow", 0, { kind: "challenge" }],
  ["BLOCK", true, "allow", 0, refuse("blocked")],
  ["BLOCK", false, "allow", 0, refuse("blocked")],
  ["REVIEW_REQUIRED", true, "allow", 0, refuse("review_required")],
  ["REVIEW_REQUIRED", false, "allow", 0, refuse("review_required")],
  ["unknown", true, "allow", 0, refuse("step_up_unavailable")],
  ["unknown", false, "allow", 0, refuse("step_up_unavailable")],
];

describe("what follows from Authsignal's answer", () => {
  it.each(TABLE)(
    "%s, enrolled %s, unenrolled: %s, signed in %i s ago: %j",
    (state, isEnrolled, unenrolled, age, expected) => {
      expect(decide({ state, isEnrolled }, { unenrolled }, age)).toEqual(expected);
    },
  );
});
