import { describe, expect, it } from "vitest";
import { checkSignIn, compileSignIn } from "../../../src/policy/sign-in.ts";
import type { SignInRule } from "../../../src/policy/sign-in-schema.ts";

const NOW_SECONDS = 1_800_000_000;
const alice = {
  groups: ["staff", "admins"],
  scopes: ["openid", "pay/write"],
  claims: { "custom:tier": "gold", level: 2, plans: ["a", "b"], verified: true },
  authTimeSeconds: NOW_SECONDS - 600,
};

function lacking(rule: SignInRule) {
  const condition = compileSignIn(rule);
  return condition === null ? null : checkSignIn(condition, alice, NOW_SECONDS);
}

describe("what a sign-in must be like", () => {
  it.each([
    [{ groups: ["admins"] }],
    [{ groups: ["none", "staff"] }],
    [{ scopes: ["pay/write", "openid"] }],
    [{ claims: { "custom:tier": ["silver", "gold"], level: 2, plans: "b", verified: true } }],
    [{ maxAge: "10m" }],
  ])("%j holds", (rule) => {
    expect(lacking(rule)).toBeNull();
  });

  it.each([
    [{ groups: ["Admins"] }, { reason: "group", groups: ["Admins"] }],
    [{ scopes: ["openid", "pay/read"] }, { reason: "scope", scopes: ["openid", "pay/read"] }],
    [{ claims: { "custom:tier": "Gold" } }, { reason: "claim", claim: "custom:tier" }],
    [{ claims: { level: "2" } }, { reason: "claim", claim: "level" }],
    [{ claims: { verified: "true" } }, { reason: "claim", claim: "verified" }],
    [{ claims: { constructor: "x" } }, { reason: "claim", claim: "constructor" }],
    [{ claims: { plans: "a,b" } }, { reason: "claim", claim: "plans" }],
    [{ maxAge: "9m" }, { reason: "too_old", maxAgeSeconds: 540 }],
    [
      { maxAge: "1s", groups: ["none"] },
      { reason: "group", groups: ["none"] },
    ],
  ])("%j does not: %j", (rule, problem) => {
    expect(lacking(rule)).toEqual(problem);
  });

  it("asks for nothing where nothing is named, and knows the same demand in another order", () => {
    expect(compileSignIn(undefined)).toBeNull();
    expect(compileSignIn({})).toBeNull();
    expect(compileSignIn({ groups: ["a", "b"], maxAge: "60s" })?.key).toBe(
      compileSignIn({ maxAge: "1m", groups: ["b", "a"] })?.key,
    );
  });
});
