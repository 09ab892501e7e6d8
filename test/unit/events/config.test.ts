import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../workers/webhooks/config.ts";

const GOOD = { AUTHSIGNAL_SECRET: "secret" };

describe("the webhook Worker's configuration", () => {
  it("needs nothing but the secret", () => {
    const none = { AUTHSIGNAL_TENANT_ID: "", ALERT_URL: "", ALERT_TOKEN: "", AUTHSIGNAL_SECRET_PREVIOUS: "" };
    const value = {
      signingSecrets: ["secret"],
      tenantId: undefined,
      alert: undefined,
      authsignal: undefined,
      userPool: undefined,
      verifyOnFailure: "refuse",
      catchUpUsers: 200,
      firstRetrySeconds: 2,
      administrators: { key: undefined, previousKey: undefined, people: undefined },
    };
    expect(parseConfig(GOOD)).toEqual({ ok: true, value });
    expect(parseConfig({ ...GOOD, ...none, LEDGER: {} })).toEqual({ ok: true, value });
  });

  it("takes a second secret, a tenant, and an alert URL with its token", () => {
    const settings = {
      ...GOOD,
      AUTHSIGNAL_SECRET_PREVIOUS: "older",
      AUTHSIGNAL_TENANT_ID: "tenant-1",
      ALERT_URL: "https://alerts.example/hook?key=1",
      ALERT_TOKEN: "token",
    };
    expect(parseConfig(settings)).toMatchObject({
      ok: true,
      value: {
        signingSecrets: ["secret", "older"],
        tenantId: "tenant-1",
        alert: { url: "https://alerts.example/hook?key=1", token: "token" },
      },
    });
  });

  it.each([
    "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool",
    "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool",
  ])("reads the pool and its API from the issuer %s", (issuer) => {
    const settings = {
      ...GOOD,
      COGNITO_ISSUER: issuer,
      AWS_ACCESS_KEY_ID: "AKIA",
      AWS_SECRET_ACCESS_KEY: "s",
    };
    expect(parseConfig(settings)).toMatchObject({
      ok: true,
      value: {
        userPool: { apiUrl: "https://cognito-idp.eu-west-1.amazonaws.com", userPoolId: "eu-west-1_Pool" },
      },
    });
  });

  it("takes administrators by key, and by group where it knows whose tokens count", () => {
    const key = "0123456789abcdef0123456789abcdef";
    const settings = {
      ...GOOD,
      ADMIN_KEY: key,
      ADMIN_KEY_PREVIOUS: `${key}1`,
      ADMIN_GROUP: "fraud",
      COGNITO_ISSUER: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Pool",
      COGNITO_CLIENT_ID: "client-1",
      COGNITO_OTHER_CLIENT_IDS: "client-2, client-3",
    };
    expect(parseConfig(settings)).toMatchObject({
      ok: true,
      value: {
        administrators: {
          key,
          previousKey: `${key}1`,
          people: { group: "fraud", rules: { clientIds: ["client-1", "client-2", "client-3"] } },
        },
      },
    });
  });

  it.each([
    ["AWS_SECRET_ACCESS_KEY", { AWS_ACCESS_KEY_ID: "AKIA", COGNITO_ISSUER: "https://pool.example/eu_1" }],
    ["AWS_ACCESS_KEY_ID", { AWS_SECRET_ACCESS_KEY: "word", COGNITO_ISSUER: "https://pool.example/eu_1" }],
    ["COGNITO_ISSUER", { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "word" }],
    ["COGNITO_ISSUER", { ADMIN_GROUP: "fraud", COGNITO_CLIENT_ID: "client-1" }],
    ["COGNITO_CLIENT_ID", { ADMIN_GROUP: "fraud", COGNITO_ISSUER: "https://pool.example/eu_1" }],
  ])("names %s when it is missing beside what needs it (%#)", (setting, env) => {
    expect(parseConfig({ ...GOOD, ...env })).toMatchObject({ ok: false, error: [{ setting }] });
  });

  it.each([
    ["AUTHSIGNAL_SECRET", {}],
    ["ACTION_VERIFY_ON_FAILURE", { ...GOOD, ACTION_VERIFY_ON_FAILURE: "allow" }],
    ["ADMIN_KEY", { ...GOOD, ADMIN_KEY: "too-short" }],
    ["ADMIN_KEY", { ...GOOD, ADMIN_KEY: "with a space 0123456789abcdef0123456789" }],
    ["COGNITO_API_URL", { ...GOOD, COGNITO_API_URL: "http://pool.example" }],
    ["AUTHSIGNAL_SECRET", { AUTHSIGNAL_SECRET: "" }],
    ["ALERT_URL", { ...GOOD, ALERT_URL: "alerts.example" }],
    ["ALERT_URL", { ...GOOD, ALERT_URL: "http://alerts.example/" }],
    ["ALERT_URL", { ...GOOD, ALERT_URL: "https://user:word@alerts.example/" }],
    ["ALERT_URL", { ...GOOD, ALERT_URL: "javascript:alert(1)" }],
    ["ALERT_TOKEN", { ...GOOD, ALERT_TOKEN: "two words" }],
    ["ALERT_TOKEN", { ...GOOD, ALERT_TOKEN: "line\r\nbreak" }],
  ])("names %s when it is wrong (%#), and repeats no value", (setting, env) => {
    const parsed = parseConfig(env);
    expect(parsed).toEqual({ ok: false, error: [{ setting, fix: expect.stringMatching(/^must be /) }] });
    expect(JSON.stringify(parsed)).not.toContain("word@");
  });
});
