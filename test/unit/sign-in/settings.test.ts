import { expect, test } from "vitest";
import { readEnvironment } from "../../../src/http/settings.ts";
import { ownSignInOf, signInSettings } from "../../../src/sign-in/settings.ts";

const POOL = {
  issuer: "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
  clientId: "client0id",
  clientSecret: undefined,
};

function derive(settings: Record<string, string>, pool = POOL) {
  const read = readEnvironment(signInSettings, { SIGN_IN: "authsignal", ...settings });
  if (!read.ok) {
    throw new Error(JSON.stringify(read.error));
  }
  return ownSignInOf(read.value, pool);
}

test("managed login stays what it is unless the configuration says otherwise", () => {
  expect(derive({ SIGN_IN: "" })).toEqual({ ok: true, value: undefined });
  expect(derive({ SIGN_IN: "managed" })).toEqual({ ok: true, value: undefined });
});

test("the page needs no setting of its own", () => {
  expect(derive({})).toMatchObject({
    ok: true,
    value: {
      asksForPassword: false,
      pool: { apiUrl: "https://cognito-idp.eu-west-1.amazonaws.com", userPoolId: "eu-west-1_AbCdEfGhI" },
      checkSeconds: 180,
      perUser: { burst: 10, refillMs: 90_000 },
      perAddress: { burst: 60, refillMs: 15_000 },
      look: { name: undefined, logo: undefined, accent: undefined },
    },
  });
  expect(derive({ SIGN_IN_FLOW: "password-first" })).toMatchObject({ value: { asksForPassword: true } });
});

test.each([
  ["SIGN_IN_SECRET", "short"],
  ["SIGN_IN_LOGO", "https://evil.example/logo.svg"],
  ["SIGN_IN_LOGO", "//evil.example/logo.svg"],
  ["SIGN_IN_LOGO", "/\\evil.example/logo.svg"],
  ["SIGN_IN_LOGO", "logo.svg"],
  ["SIGN_IN_COLOUR", "#ffee00"],
  ["SIGN_IN_COLOUR", "teal"],
])("%s is refused when it is %j, with what to do", (setting, value) => {
  const derived = derive({ [setting]: value });
  expect(derived).toMatchObject({ ok: false, error: { setting } });
  expect(derived.ok ? "" : derived.error.fix).toMatch(/^must /);
});

test.each([
  ["SIGN_IN", "both"],
  ["SIGN_IN_FLOW", "password"],
  ["SIGN_IN_SECONDS", "30"],
  ["SIGN_IN_TRIES", "0"],
])("%s cannot be %j", (setting, value) => {
  expect(readEnvironment(signInSettings, { [setting]: value })).toMatchObject({
    error: [{ setting, fix: expect.stringMatching(/^must /) }],
  });
});

test("a pool whose id the issuer does not tell is refused", () => {
  const pool = { ...POOL, issuer: "https://login.example.com" };
  expect(derive({}, pool)).toMatchObject({ ok: false, error: { setting: "COGNITO_ISSUER" } });
});

test("new users are made without a password only", () => {
  expect(derive({ SIGN_IN_NEW_USERS: "create" })).toMatchObject({ value: { createsUsers: true } });
  expect(derive({})).toMatchObject({ value: { createsUsers: false } });
  expect(derive({ SIGN_IN_NEW_USERS: "create", SIGN_IN_FLOW: "password-first" })).toMatchObject({
    error: { setting: "SIGN_IN_NEW_USERS" },
  });
});
