import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../workers/webhooks/config.ts";

const GOOD = { AUTHSIGNAL_SECRET: "secret" };

describe("the webhook Worker's configuration", () => {
  it("needs nothing but the secret", () => {
    const none = { AUTHSIGNAL_TENANT_ID: "", ALERT_URL: "", ALERT_TOKEN: "", AUTHSIGNAL_SECRET_PREVIOUS: "" };
    const value = { signingSecrets: ["secret"], tenantId: undefined, alert: undefined };
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
    expect(parseConfig(settings)).toEqual({
      ok: true,
      value: {
        signingSecrets: ["secret", "older"],
        tenantId: "tenant-1",
        alert: { url: "https://alerts.example/hook?key=1", token: "token" },
      },
    });
  });

  it.each([
    ["AUTHSIGNAL_SECRET", {}],
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
