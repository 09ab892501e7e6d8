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
const USUAL = { fresh: "always-ask", review: "deny" } as const;
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
      expect(decide({ state, isEnrolled }, { ...USUAL, unenrolled }, age)).toEqual(expected);
    },
  );

  it.each<[Row[0], boolean, Row[2], object]>([
    ["ALLOW", true, "enroll", { kind: "force" }],
    ["ALLOW", true, "deny", { kind: "force" }],
    ["ALLOW", false, "enroll", { kind: "enrol" }],
    ["ALLOW", false, "deny", refuse("enrolment_required")],
    ["ALLOW", false, "allow", refuse("enrolment_required")],
    ["CHALLENGE_REQUIRED", true, "deny", { kind: "challenge" }],
    ["BLOCK", true, "deny", refuse("blocked")],
    ["REVIEW_REQUIRED", true, "deny", refuse("review_required")],
    ["unknown", true, "deny", refuse("step_up_unavailable")],
  ])("with fresh: once, %s, enrolled %s, unenrolled: %s: %j", (state, isEnrolled, unenrolled, expected) => {
    const route = { fresh: "once", review: "wait", unenrolled } as const;
    expect(decide({ state, isEnrolled }, route, 0)).toEqual(expected);
  });

  it("a review waits where the route says so, and changes nothing else", () => {
    const waiting = { ...USUAL, unenrolled: "deny", review: "wait" } as const;
    expect(decide({ state: "REVIEW_REQUIRED", isEnrolled: false }, waiting, 0)).toEqual({ kind: "review" });
    expect(decide({ state: "BLOCK", isEnrolled: true }, waiting, 0)).toEqual(refuse("blocked"));
    expect(decide({ state: "ALLOW", isEnrolled: true }, waiting, 0)).toEqual(forward);
  });
});
