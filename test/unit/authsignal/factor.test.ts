import { describe, expect, it } from "vitest";
import { readFactor } from "../../../src/authsignal/factor.ts";

const at = (day: number) => `2026-01-0${day}T00:00:00.000Z`;
const ms = (day: number) => Date.parse(at(day));
const OLD = {
  userAuthenticatorId: "old",
  verificationMethod: "PASSKEY",
  createdAt: at(1),
  verifiedAt: at(2),
};
const NEW = { userAuthenticatorId: "new", verificationMethod: "PASSKEY", createdAt: at(5) };
const MAIL = { userAuthenticatorId: "mail", verificationMethod: "EMAIL_OTP", createdAt: at(7) };
const used = { idempotencyKey: "key", method: "PASSKEY" };
const by = (verifiedByAuthenticatorId: string) => [{ idempotencyKey: "key", verifiedByAuthenticatorId }];

describe("the age of the authenticator that was used", () => {
  it("is that of the one that the action names, from when it was first verified", () => {
    expect(readFactor([OLD, NEW, MAIL], by("old"), used)).toEqual({ sinceMs: ms(2) });
    expect(readFactor([OLD, NEW, MAIL], by("new"), used)).toEqual({ sinceMs: ms(5) });
  });

  it("is unknown when the one that is named is gone", () => {
    expect(readFactor([OLD], by("deleted"), used)).toEqual({ sinceMs: undefined });
  });

  it("is that of the youngest of the method when none is named, another action's not counted", () => {
    const another = [{ idempotencyKey: "another", verifiedByAuthenticatorId: "old" }];
    for (const actions of [[], another, [{ idempotencyKey: "key" }]]) {
      expect(readFactor([OLD, NEW, MAIL], actions, used)).toEqual({ sinceMs: ms(5) });
    }
  });

  it("is that of the youngest of all when no authenticator has the method, and unknown when there is none", () => {
    expect(readFactor([OLD, NEW, MAIL], [], { ...used, method: "SMS" })).toEqual({ sinceMs: ms(7) });
    expect(readFactor([OLD, NEW, MAIL], [], { ...used, method: undefined })).toEqual({ sinceMs: ms(7) });
    expect(readFactor([], [], used)).toEqual({ sinceMs: undefined });
  });

  it("is unknown when a date is none, and nothing is read from answers of another shape", () => {
    expect(readFactor([{ ...OLD, createdAt: "soon" }], by("old"), used)).toEqual({ sinceMs: undefined });
    for (const [authenticators, actions] of [
      [undefined, []],
      [null, []],
      [{}, []],
      [[{ userAuthenticatorId: "x" }], []],
      [[OLD], undefined],
      [[OLD], [{}]],
    ]) {
      expect(readFactor(authenticators, actions, used)).toBeUndefined();
    }
  });
});
