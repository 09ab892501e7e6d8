import { describe, expect, it } from "vitest";
import { nameMethods, nameSeconds } from "../../../src/stepup/methods.ts";

describe("what would do, in words", () => {
  it.each([
    [["PASSKEY"], "a passkey"],
    [["PASSKEY", "AUTHENTICATOR_APP"], "a passkey or an authenticator app"],
    [["PASSKEY", "SMS", "EMAIL_OTP"], "a passkey, a code by text message or a code by e-mail"],
    [["VERIFF"], "VERIFF"],
    [[], "another method"],
  ])("%j is: %s", (methods, words) => {
    expect(nameMethods(methods)).toBe(words);
  });

  it.each([
    [1, "1 second"],
    [90, "90 seconds"],
    [600, "10 minutes"],
    [5_400, "90 minutes"],
    [86_400, "24 hours"],
    [172_800, "2 days"],
  ])("%i seconds are %s", (seconds, words) => {
    expect(nameSeconds(seconds)).toBe(words);
  });
});
