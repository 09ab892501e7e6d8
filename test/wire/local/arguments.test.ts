import { describe, expect, it } from "vitest";
import { parseArguments, SETTING_NAMES, USAGE } from "../../../workers/local/arguments.ts";

describe("the command line", () => {
  it("without flags is the bank on the usual port", () => {
    expect(parseArguments([])).toEqual({
      ok: true,
      value: {
        help: false,
        json: false,
        verbose: false,
        port: 8787,
        origin: undefined,
        policyFile: undefined,
        vars: {},
        stateFolder: undefined,
        authsignalSeed: undefined,
        cognitoSeed: undefined,
        faults: {
          authsignal: { faults: [], clockShiftSeconds: 0, rotateKeysAfterSeconds: undefined },
          cognito: { faults: [], clockShiftSeconds: 0, rotateKeysAfterSeconds: undefined },
        },
        triggers: false,
      },
    });
  });

  it.each(["passwordless", "password-first"])("lets people sign in on the gateway's own page: %s", (flow) => {
    expect(parseArguments(["--sign-in", flow])).toMatchObject({ ok: true, value: { signIn: flow } });
  });

  it("knows no other way to sign in", () => {
    const parsed = parseArguments(["--sign-in", "password"]);
    expect(parsed.ok ? "" : parsed.error).toBe("--sign-in must be passwordless or password-first.");
  });

  it("lets the pool call the triggers", () => {
    expect(parseArguments(["--triggers"])).toMatchObject({ ok: true, value: { triggers: true } });
  });

  it("lets a stand-in misbehave from the start", () => {
    const args = [
      "--fault",
      "authsignal.track=delay,delayMs=500",
      "--fault",
      "cognito.jwks=status,status=503",
    ];
    expect(parseArguments(args)).toMatchObject({
      ok: true,
      value: {
        faults: {
          authsignal: { faults: [{ endpoint: "track", kind: "delay", delayMs: 500 }] },
          cognito: { faults: [{ endpoint: "jwks", kind: "status", status: 503 }] },
        },
      },
    });
  });

  it("sets a stand-in's clock wrong, and makes it rotate its keys", () => {
    const args = [
      "--fault",
      "authsignal.clock=shift,seconds=-300",
      "--fault",
      "cognito.keys=rotate,afterSeconds=30",
    ];
    expect(parseArguments(args)).toMatchObject({
      ok: true,
      value: {
        faults: {
          authsignal: { clockShiftSeconds: -300, rotateKeysAfterSeconds: undefined },
          cognito: { clockShiftSeconds: 0, rotateKeysAfterSeconds: 30 },
        },
      },
    });
  });

  it.each([
    "authsignal.track",
    "mail.send=hang",
    "authsignal.nowhere=hang",
    "cognito.jwks=sing",
    "authsignal.track=delay,delayMs=x",
    "authsignal.clock=shift",
    "authsignal.clock=hang,seconds=3",
    "cognito.clock=shift,seconds=1e99",
    "cognito.keys=rotate,afterSeconds=-1",
    "cognito.keys=rotate,afterSeconds=1,times=2",
  ])("refuses --fault %s in one sentence", (fault) => {
    expect(parseArguments(["--fault", fault])).toEqual({
      ok: false,
      error: expect.stringMatching(/^--fault takes .*\.$/),
    });
  });

  it("takes every flag, and --var as often as it comes, with equals signs in the value", () => {
    const args = [
      "--json",
      "--verbose",
      "--port",
      "0",
      "--origin",
      "http://127.0.0.1:3000/",
      "--policy",
      "p.json",
    ];
    const vars = [
      "--var",
      "STALENESS_SECONDS=0",
      "--var",
      "AUTHSIGNAL_SECRET=a=b=",
      "--var",
      "COGNITO_DOMAIN=",
    ];
    expect(parseArguments([...args, ...vars])).toMatchObject({
      ok: true,
      value: {
        json: true,
        verbose: true,
        port: 0,
        origin: "http://127.0.0.1:3000",
        policyFile: "p.json",
        vars: { STALENESS_SECONDS: "0", AUTHSIGNAL_SECRET: "a=b=", COGNITO_DOMAIN: "" },
      },
    });
  });

  it.each([
    ["an unknown flag", ["--prot", "1"], /--prot.*--help/],
    ["a word too many", ["hello"], /hello.*--help/],
    ["a port that is no number", ["--port", "eighty"], /--port must be/],
    ["a port with a sign", ["--port=+1"], /--port must be/],
    ["a port out of range", ["--port", "70000"], /--port must be/],
    ["a port without room for the neighbours", ["--port", "65530"], /--port must be/],
    ["a negative port", ["--port=-1"], /--port must be/],
    ["a flag without its value", ["--policy"], /--policy/],
    ["an origin with a path", ["--origin", "http://127.0.0.1:1/x"], /--origin must be/],
    ["an origin that is no URL", ["--origin", "localhost:3000"], /--origin must be/],
    ["an origin of another scheme", ["--origin", "ftp://127.0.0.1"], /--origin must be/],
    ["a --var without a value", ["--var", "STALENESS_SECONDS"], /NAME=VALUE/],
    ["a --var without a name", ["--var", "=5"], /NAME=VALUE/],
    ["an unknown setting", ["--var", "STALENESS=5"], /STALENESS: there is no such setting/],
    ["a setting in another case", ["--var", "staleness_seconds=5"], /there is no such setting/],
  ])("with %s is refused in one sentence or two", (_, args, sentence) => {
    const parsed = parseArguments(args);
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? "" : parsed.error).toMatch(sentence);
    expect(parsed.ok ? "" : parsed.error).not.toContain("\n");
  });

  it("does not repeat a value, which may be a secret", () => {
    const parsed = parseArguments(["--var", "AUTHSIGNAL_SECRTE=very-secret"]);
    expect(parsed.ok ? "" : parsed.error).not.toContain("very-secret");
  });

  it("explains every setting's name in its help", () => {
    expect(SETTING_NAMES.filter((name) => !USAGE.includes(name))).toEqual([]);
  });
});
