import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../workers/gateway/config.ts";
import { gatewaySettings } from "../../../workers/gateway/settings.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const GOOD: Readonly<Record<string, string>> = {
  PUBLIC_ORIGINS: "https://app.example.com, https://www.example.com",
  ORIGIN_URL: "https://origin.example.com/",
  COGNITO_ISSUER: "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Pool",
  COGNITO_CLIENT_ID: "client0id",
  COGNITO_DOMAIN: "https://login.example.com",
  AUTHSIGNAL_URL: "https://api.authsignal.com/v1",
  AUTHSIGNAL_SECRET: "authsignal-secret",
  SESSION_SECRET: "s".repeat(32),
  ASSERTION_KEY: JSON.stringify(privateKey.export({ format: "jwk" })),
};

function without(name: string): Record<string, string> {
  const { [name]: _, ...rest } = GOOD;
  return rest;
}

describe("the gateway's configuration", () => {
  it("needs nothing but what is particular to a deployment", () => {
    const parsed = parseConfig(GOOD);
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        publicOrigins: ["https://app.example.com", "https://www.example.com"],
        origin: { url: "https://origin.example.com", timeoutMs: 30_000 },
        jwksUrl: `${GOOD["COGNITO_ISSUER"]}/.well-known/jwks.json`,
        login: { tokenUrl: "https://login.example.com/oauth2/token" },
        authsignal: { deadlineMs: 2_000, challengeHosts: ["mfa.authsignal.com"] },
        tokenRules: { tokenUses: ["access", "id"], clientIds: ["client0id"] },
        stalenessMs: 5_000,
        challengeStatus: 401,
      },
    });
    expect(parsed.ok && Object.isFrozen(parsed.value)).toBe(true);
  });

  it("takes empty for absent where a setting is optional", () => {
    const optional = Object.keys(gatewaySettings).filter((name) => !(name in GOOD));
    const empty = Object.fromEntries(
      optional
        .filter((name) => !["COGNITO_TOKEN_USE", "CHALLENGE_STATUS"].includes(name))
        .map((name) => [name, ""]),
    );
    expect(parseConfig({ ...GOOD, ...empty })).toMatchObject({ ok: true });
  });

  it.each(Object.keys(GOOD))("names %s when it is missing or empty, with what to do", (name) => {
    for (const env of [without(name), { ...GOOD, [name]: "" }]) {
      const parsed = parseConfig(env);
      expect(parsed.ok ? [] : parsed.error.map(({ setting }) => setting)).toEqual([name]);
      expect(parsed.ok ? "" : parsed.error[0]?.fix).toMatch(/^must /);
    }
  });

  it.each([
    ["PUBLIC_ORIGINS", "https://app.example.com/path"],
    ["PUBLIC_ORIGINS", "app.example.com"],
    ["PUBLIC_ORIGINS", "https://app.example.com,nonsense"],
    ["ORIGIN_URL", "http://origin.example.com"],
    ["ORIGIN_URL", "https://origin.example.com/base"],
    ["ORIGIN_TIMEOUT_MS", "99"],
    ["COGNITO_ISSUER", "us-east-1_Pool"],
    ["COGNITO_DOMAIN", "login.example.com"],
    ["COGNITO_TOKEN_USE", "refresh"],
    ["COGNITO_TOKEN_USE", "access,refresh"],
    ["AUTHSIGNAL_URL", "http://api.authsignal.com/v1"],
    ["AUTHSIGNAL_TIMEOUT_MS", "3000"],
    ["SESSION_SECRET", "too-short-secret"],
    ["SESSION_SECRET_PREVIOUS", "too-short-secret"],
    ["ASSERTION_KEY", "no-json-secret"],
    ["ASSERTION_KEY", '{"kty":"RSA","n":"secret-n"}'],
    ["ASSERTION_KEY", JSON.stringify(publicKey.export({ format: "jwk" }))],
    ["ASSERTION_KEY_PREVIOUS", "no-json-secret"],
    ["STALENESS_SECONDS", "61"],
    ["CHALLENGE_SECONDS", "59"],
    ["CHALLENGE_STATUS", "402"],
    ["KEPT_BODY_BYTES", "9000000"],
  ])("names %s alone when it is wrong (%#), and does not repeat it", (name, value) => {
    const parsed = parseConfig({ ...GOOD, [name]: value });
    expect(parsed.ok ? [] : parsed.error.map(({ setting }) => setting)).toEqual([name]);
    expect(JSON.stringify(parsed.ok ? [] : parsed.error)).not.toMatch(/secret-n|no-json|too-short/);
  });

  it("needs no managed login where people sign in on a page of the gateway's own", () => {
    const own = { ...without("COGNITO_DOMAIN"), SIGN_IN: "authsignal" };
    expect(parseConfig(own)).toMatchObject({
      ok: true,
      value: { login: undefined, ownSignIn: { pool: { userPoolId: "us-east-1_Pool" } } },
    });
    const creating = { ...own, SIGN_IN_NEW_USERS: "create" };
    expect(parseConfig(creating)).toMatchObject({ error: [{ setting: "SIGN_IN_NEW_USERS" }] });
    const credentials = { AWS_ACCESS_KEY_ID: "AKIA0", AWS_SECRET_ACCESS_KEY: "secret0" };
    expect(parseConfig({ ...creating, ...credentials })).toMatchObject({
      ok: true,
      value: { poolAdmin: { apiUrl: "https://cognito-idp.us-east-1.amazonaws.com" } },
    });
  });

  it("names everything that is wrong at once", () => {
    const parsed = parseConfig({});
    expect(parsed.ok ? [] : parsed.error.map(({ setting }) => setting).toSorted()).toEqual(
      Object.keys(GOOD).toSorted(),
    );
  });
});
