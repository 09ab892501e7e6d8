import { describe, expect, it } from "vitest";
import { parseClients } from "../../../src/triggers/config.ts";

const OWN = { flow: "passwordless", ui: "own" };
const problemsOf = (clients: unknown) => {
  const parsed = parseClients(typeof clients === "string" ? clients : JSON.stringify(clients));
  return parsed.ok ? [] : parsed.error.map(({ setting, fix }) => `${setting}: ${fix}`);
};

describe("SIGN_IN_CLIENTS", () => {
  it("fills in what is not said, closed", () => {
    const parsed = parseClients(JSON.stringify({ client1: OWN }));
    expect(parsed.ok && parsed.value.get("client1")).toEqual({
      ...OWN,
      action: "sign-in",
      unenrolled: "deny",
      maxAttempts: 3,
      signUp: "cognito",
      requireChallenge: false,
    });
  });

  it.each(["", "{", "[]", "null", '"x"'])("refuses %j as a whole", (text) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(/^SIGN_IN_CLIENTS: must be a JSON object/)]);
  });

  it.each([
    [{ flow: "magic" }, "flow: must be"],
    [{ ui: undefined }, "ui: must be"],
    [{ action: "a b" }, "action: must be"],
    [{ methods: [] }, "methods: must list at least one"],
    [{ methods: ["sms"] }, "methods.0: must be a verification method"],
    [{ maxAttempts: 0 }, "maxAttempts: must be a whole number from 1 to 5"],
    [{ maxAttempts: 9 }, "maxAttempts: must be a whole number from 1 to 5"],
    [{ ui: "prebuilt" }, 'redirectUrl: must be set with "ui": "prebuilt"'],
    [{ ui: "prebuilt", redirectUrl: "http://app.example.com" }, "redirectUrl: must be where"],
    [{ redirectUrl: "https://app.example.com" }, 'redirectUrl: must be absent with "ui": "own"'],
    [{ unenrolled: "allow" }, 'unenrolled: must be "deny" or "verified-address"'],
    [{ unenrolled: "enroll" }, 'unenrolled: must be "deny" or "verified-address"'],
    [{ flow: "password-first", unenrolled: "allow" }, "unenrolledReason: must say why"],
    [{ requireChallenge: "yes" }, "requireChallenge: must be true or false"],
    [{ signUp: "open" }, "signUp: must be"],
    [{ colour: "red" }, "colour: is not a setting"],
  ])("names the field of %j, and the fix", (changes, problem) => {
    expect(problemsOf({ client1: { ...OWN, ...changes } })).toEqual(
      expect.arrayContaining([expect.stringContaining(`SIGN_IN_CLIENTS.client1.${problem}`)]),
    );
  });

  it("names a client id that is none without repeating it", () => {
    expect(problemsOf({ "no such id": OWN })).toEqual(["SIGN_IN_CLIENTS.?: must be the id of an app client"]);
  });
});
