import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fail, ok } from "../../../src/http/result.ts";
import { postAuthenticationEvent } from "../../../src/triggers/events.ts";
import { DEADLINE_MS, lambdaHandler } from "../../../workers/triggers/lambda.ts";
import { orRefuseToStart, readSettings } from "../../../workers/triggers/settings.ts";

const EVENT = {
  version: "1",
  triggerSource: "PostAuthentication_Authentication",
  userName: "alice",
  callerContext: { clientId: "c", awsSdkVersion: "x" },
  request: { userAttributes: { sub: "s" }, newDeviceUsed: false, somethingNew: { from: "Cognito" } },
  response: { kept: true, changed: false },
};

describe("a Lambda handler", () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  });
  afterEach(() => vi.restoreAllMocks());

  const handlerOf = (trigger: Parameters<typeof lambdaHandler>[2]) =>
    lambdaHandler("test", postAuthenticationEvent, trigger);

  it("gives the whole event back, members that nobody knows included", async () => {
    const handler = handlerOf(() => ok({ changed: true, added: 1 }));
    expect(await handler(EVENT)).toEqual({ ...EVENT, response: { kept: true, changed: true, added: 1 } });
  });

  it("raises the public code, and logs why", async () => {
    const handler = handlerOf(() => fail({ code: "blocked", reason: "BLOCK" }));
    await expect(handler(EVENT)).rejects.toMatchObject({ name: "TriggerError", message: "blocked" });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      trigger: "test",
      refused: "blocked",
      reason: "BLOCK",
    });
  });

  it("raises nothing but a code for a mistake of ours, and logs no words of it", async () => {
    const handler = handlerOf(() => {
      throw new TypeError("secret words");
    });
    await expect(handler(EVENT)).rejects.toMatchObject({ message: "internal" });
    expect(lines.join()).toContain("TypeError");
    expect(lines.join()).not.toContain("secret words");
  });

  it.each([
    undefined,
    null,
    1,
    "x",
    [],
    {},
    { ...EVENT, triggerSource: "Else" },
    { ...EVENT, callerContext: {} },
  ])("does not know the event %j", async (event) => {
    const trigger = vi.fn(() => ok({}));
    await expect(handlerOf(trigger)(event)).rejects.toMatchObject({ message: "internal" });
    expect(trigger).not.toHaveBeenCalled();
  });

  it("counts the time of one invocation, and leaves a second to Cognito's five", async () => {
    const left: number[] = [];
    await handlerOf((_event, remainingMs) => {
      left.push(remainingMs());
      return ok({});
    })(EVENT);
    expect(DEADLINE_MS).toBeLessThanOrEqual(4_000);
    expect(left[0]).toBeGreaterThan(DEADLINE_MS - 1_000);
    expect(left[0]).toBeLessThanOrEqual(DEADLINE_MS);
  });
});

describe("a function's settings", () => {
  const env = {
    SIGN_IN_CLIENTS: "{}",
    AUTHSIGNAL_SECRET: "key",
    SIGN_IN_SECRET: "0123456789abcdef0123456789abcdef",
  };
  const refused = (changes: Record<string, string | undefined>) => () =>
    orRefuseToStart(readSettings({ ...env, ...changes }));

  it("have the documented defaults", () => {
    expect(readSettings(env)).toMatchObject({
      ok: true,
      value: {
        apiUrl: "https://api.authsignal.com/v1",
        challengeHosts: ["mfa.authsignal.com"],
        secrets: ["key"],
        signingSecrets: [env.SIGN_IN_SECRET],
      },
    });
  });

  it("have two slots for each secret", () => {
    const settings = { ...env, AUTHSIGNAL_SECRET_PREVIOUS: "old", SIGN_IN_SECRET_PREVIOUS: "older" };
    expect(readSettings(settings)).toMatchObject({
      ok: true,
      value: { secrets: ["key", "old"], signingSecrets: [env.SIGN_IN_SECRET, "older"] },
    });
  });

  it.each([
    ["SIGN_IN_CLIENTS", undefined],
    ["SIGN_IN_CLIENTS", "[]"],
    ["AUTHSIGNAL_SECRET", undefined],
    ["AUTHSIGNAL_SECRET", ""],
    ["AUTHSIGNAL_URL", "http://api.authsignal.com"],
    ["SIGN_IN_SECRET", "short"],
  ])("keep a function with %s=%s from starting, and name it", (name, value) => {
    expect(refused({ [name]: value })).toThrow(new RegExp(`^${name} must be`));
  });

  it("never repeat a value", () => {
    const secret = "hunter2";
    expect(refused({ SIGN_IN_SECRET: secret, AUTHSIGNAL_URL: secret, SIGN_IN_CLIENTS: secret })).not.toThrow(
      secret,
    );
    expect(refused({ SIGN_IN_SECRET: secret })).toThrow();
  });
});
