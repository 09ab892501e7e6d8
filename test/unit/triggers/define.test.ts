import { fc } from "../../support/properties.ts";
import { describe, expect, it } from "vitest";
import { defineAuthChallenge } from "../../../src/triggers/define.ts";
import type { Step } from "../../../src/triggers/events.ts";
import { CLIENTS, defineEvent, NONCE, PREPARED, SRP, step } from "./fixtures.ts";

const ASK = { challengeName: "CUSTOM_CHALLENGE", issueTokens: false, failAuthentication: false };
const TOKENS = { issueTokens: true, failAuthentication: false };

const define = (clientId: string, session: readonly Step[], more = {}) =>
  defineAuthChallenge(defineEvent(clientId, session, more), CLIENTS);
const expectRefused = (clientId: string, session: readonly Step[], more = {}) =>
  expect(define(clientId, session, more)).toMatchObject({ issueTokens: false, failAuthentication: true });

describe("DefineAuthChallenge", () => {
  it("asks a passwordless user twice, then issues tokens", () => {
    expect(define("passwordless", [])).toEqual(ASK);
    expect(define("passwordless", [PREPARED])).toEqual(ASK);
    expect(define("passwordless", [PREPARED, step("challenge", 1, true)])).toEqual(TOKENS);
  });

  it("demands the password first, then asks", () => {
    expect(define("mfa", SRP.slice(0, 1))).toEqual({ ...ASK, challengeName: "PASSWORD_VERIFIER" });
    expect(define("mfa", SRP)).toEqual(ASK);
    expect(define("mfa", [...SRP, PREPARED, step("challenge", 1, true)])).toEqual(TOKENS);
    const password = { challengeName: "ADMIN_NO_SRP_AUTH", challengeResult: true };
    expect(define("mfa", [password, PREPARED, step("challenge", 1, true)])).toEqual(TOKENS);
  });

  it.each([
    ["no step at all", []],
    ["a custom step in the place of the password", [PREPARED]],
    ["a whole passwordless sign-in", [PREPARED, step("challenge", 1, true)]],
    ["SRP_A that is not true", [{ challengeName: "SRP_A", challengeResult: false }]],
    [
      "a wrong password",
      [...SRP.slice(0, 1), { challengeName: "PASSWORD_VERIFIER", challengeResult: false }],
    ],
    ["SRP_A twice", [...SRP.slice(0, 1), ...SRP.slice(0, 1)]],
    ["a wrong password of the other kind", [{ challengeName: "ADMIN_NO_SRP_AUTH", challengeResult: false }]],
    [
      "another right answer than of the password",
      [...SRP.slice(0, 1), { challengeName: "SMS_MFA", challengeResult: true }],
    ],
  ])("refuses a password-first sign-in with %s", (_, session) => {
    expectRefused("mfa", session);
  });

  it("takes no SRP_A, which is always right, for a proof", () => {
    expectRefused("passwordless", SRP.slice(0, 1));
    expectRefused("passwordless", [PREPARED, ...SRP.slice(0, 1)]);
  });

  it.each([
    ["another name", step("challenge", 1, true, { name: "SMS_MFA" })],
    ["no metadata", { challengeName: "CUSTOM_CHALLENGE", challengeResult: true }],
    ["null metadata", { challengeName: "CUSTOM_CHALLENGE", challengeResult: true, challengeMetadata: null }],
    ["other metadata", { challengeName: "CUSTOM_CHALLENGE", challengeResult: true, challengeMetadata: "x" }],
    ["another sign-in", step("challenge", 1, true, { nonce: NONCE.replace("1", "2") })],
    ["another round", step("challenge", 2, true)],
    ["a second preparation", step("prepare", 1, true)],
  ])("refuses a right answer to a step with %s", (_, last) => {
    expectRefused("passwordless", [PREPARED, last]);
  });

  it("never takes the preparation or an enrolment for the challenge", () => {
    expect(define("enroll", [...SRP, PREPARED, step("enrolment", 1, true)])).toEqual(ASK);
    expectRefused("passwordless", [step("prepare", 0, false)]);
    expectRefused("passwordless", [step("prepare", 1, true)]);
    expectRefused("passwordless", [step("challenge", 1, true)]);
  });

  it("gives three attempts and no more", () => {
    const wrong = [1, 2, 3].map((round) => step("challenge", round, false));
    expect(define("passwordless", [PREPARED, ...wrong.slice(0, 2)])).toEqual(ASK);
    expectRefused("passwordless", [PREPARED, ...wrong]);
    expectRefused("passwordless", [PREPARED, ...wrong, step("challenge", 4, true)].slice(0, 4));
  });

  it("goes no further than a right answer", () => {
    const after = [step("challenge", 1, true), step("challenge", 2, true)];
    expectRefused("passwordless", [PREPARED, ...after]);
    expectRefused("passwordless", [PREPARED, step("challenge", 1, true), step("challenge", 2, false)]);
  });

  it("lets nobody enrol for ever", () => {
    const enrolments = [1, 2].map((round) => step("enrolment", round, true));
    expect(define("enroll", [...SRP, PREPARED, ...enrolments.slice(0, 1)])).toEqual(ASK);
    expectRefused("enroll", [...SRP, PREPARED, ...enrolments]);
  });

  it("issues no tokens to a user who does not exist, and asks like any other", () => {
    const userNotFound = { userNotFound: true, userAttributes: {} };
    expect(define("passwordless", [], userNotFound)).toEqual(ASK);
    expectRefused("passwordless", [PREPARED, step("challenge", 1, true)], userNotFound);
  });

  it("refuses a client that is not configured", () => {
    expectRefused("stranger", []);
  });

  it("ends every sequence of steps in at most nine answers", () => {
    const anyStep = fc.oneof(
      fc.constantFrom(...SRP, PREPARED),
      fc
        .tuple(fc.constantFrom("challenge", "enrolment", "prepare"), fc.nat(9), fc.boolean())
        .map(([kind, round, result]) => step(kind, round, result)),
      fc.record({ challengeName: fc.string(), challengeResult: fc.boolean() }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...CLIENTS.keys()),
        fc.array(anyStep, { maxLength: 12 }),
        (clientId, session) => {
          const { issueTokens, failAuthentication, challengeName } = define(clientId, session);
          const last = session.at(-1);
          expect([issueTokens, failAuthentication, challengeName !== undefined].filter(Boolean)).toHaveLength(
            1,
          );
          if (issueTokens) {
            expect(last).toMatchObject({ challengeName: "CUSTOM_CHALLENGE", challengeResult: true });
          }
          if (session.length > 9) {
            expect(challengeName).toBeUndefined();
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
