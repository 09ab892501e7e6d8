import { describe, expect, it } from "vitest";
import { countsFor } from "../../../src/ledger/counting.ts";

describe("whether a method counts", () => {
  it.each(["SMS", "EMAIL_OTP", "AUTHENTICATOR_APP", "PASSKEY", "SECURITY_KEY", "NEW_METHOD", undefined])(
    "%s does where the route lists none",
    (method) => expect(countsFor(undefined, method)).toBe(true),
  );

  it.each(["PUSH", "QR_CODE", "EMAIL_MAGIC_LINK"])("%s does only where the route lists it", (method) => {
    expect(countsFor(undefined, method)).toBe(false);
    expect(countsFor(["PASSKEY"], method)).toBe(false);
    expect(countsFor(["PASSKEY", method], method)).toBe(true);
  });

  it("one that is not said, or not listed, does not where the route lists some", () => {
    expect(countsFor(["PASSKEY"], undefined)).toBe(false);
    expect(countsFor([], "PASSKEY")).toBe(false);
    expect(countsFor(["PASSKEY"], "passkey")).toBe(false);
  });
});
