import { describe, expect, it } from "vitest";
import { preSignUp } from "../../../src/triggers/pre-sign-up.ts";
import { CLIENTS } from "./fixtures.ts";

describe("PreSignUp", () => {
  const signUp = (clientId: string, source: "SignUp" | "AdminCreateUser" | "ExternalProvider") =>
    preSignUp(
      { userName: "eve", callerContext: { clientId }, triggerSource: `PreSignUp_${source}` },
      CLIENTS,
    );

  it("refuses people at a client that is closed, and nobody else", () => {
    expect(signUp("strict", "SignUp")).toMatchObject({ ok: false, error: { code: "sign_up_closed" } });
    expect(signUp("strict", "AdminCreateUser").ok).toBe(true);
    expect(signUp("strict", "ExternalProvider").ok).toBe(true);
    expect(signUp("stranger", "SignUp").ok).toBe(true);
  });

  it("confirms nobody and verifies no address", () => {
    expect(signUp("mfa", "SignUp")).toEqual({ ok: true, value: {} });
  });
});
