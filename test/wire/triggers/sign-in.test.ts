import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeKeyring } from "../../../src/http/keyring.ts";
import { signClientContext } from "../../../src/triggers/client-context.ts";
import { ALICE, BOB, MALLORY, NEWT } from "../../support/users.ts";
import { click, open, submit } from "../local/authsignal/browser.ts";
import { Attempt, signInWithPassword, type Standing } from "./attempt.ts";
import {
  approveByEmail,
  clientApi,
  MFA,
  PASSWORDLESS,
  PREBUILT,
  RETURN_URL,
  SIGNING_SECRET,
  type Stage,
  startStage,
  steer,
  STRICT,
  UNTOUCHED,
} from "./stage.ts";

describe("signing in through the bundles", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
  });
  beforeEach(async () => {
    await steer(stage.authsignal, "POST", "reset");
    await steer(stage.authsignal, "PUT", "actions/sign-in", { defaultOutcome: "CHALLENGE" });
    await steer(stage.authsignal, "PUT", "actions/mfa", { defaultOutcome: "CHALLENGE" });
    await steer(stage.authsignal, "PUT", "rules/mfa/known-device", {
      name: "Known device",
      priority: 0,
      type: "ALLOW",
      conditions: { "==": [{ var: "device.id" }, "known"] },
    });
  });
  afterAll(() => stage.close());

  const api = async (operation: string, input: object): Promise<Record<string, unknown>> => {
    const response = await fetch(stage.cognito.api, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify(input),
    });
    return (await response.json()) as Record<string, unknown>; // every answer is a JSON object
  };
  const outcome = (rule: string) => steer(stage.authsignal, "PUT", "actions/mfa", { defaultOutcome: rule });
  const claimsOf = ({ accessToken }: Standing): Record<string, unknown> => decodeJwt(accessToken ?? "");

  describe("without a password", () => {
    it("by the AWS SDK: a wrong answer, another round, then the right one", async () => {
      const alice = new Attempt(stage.cognito, PASSWORDLESS, "alice");
      const first = await alice.begin();
      const second = await alice.answer("wrong");
      expect(second.asked["token"]).not.toBe(first.asked["token"]);
      const token = await approveByEmail(stage, second.asked["token"] ?? "", ALICE.email);
      const done = await alice.answer(token, { ticket: second.asked["ticket"] ?? "", token });
      expect(done.signedIn).toBe(true);
      const { sub, sallyport_method, sallyport_challenged_at } = claimsOf(done);
      expect({ sub, sallyport_method }).toEqual({ sub: ALICE.sub, sallyport_method: "EMAIL_OTP" });
      expect(Math.abs(Number(sallyport_challenged_at) - Date.now() / 1000)).toBeLessThan(60);
    });

    it("through Authsignal's own pages", async () => {
      const world = { standIn: stage.authsignal } as Parameters<typeof open>[0]; // all that opening pages needs
      const alice = new Attempt(stage.cognito, PREBUILT, "alice");
      const { asked } = await alice.begin();
      expect(asked).not.toHaveProperty("token");
      const page = await open(world, asked["url"] ?? "");
      const [sent] = page.forms;
      const code = await submit(world, page, sent?.action ?? "");
      const [message] = (await steer(
        stage.authsignal,
        "GET",
        `inbox?to=${encodeURIComponent(ALICE.email)}`,
      )) as { code: string }[]; // the documented shape
      const form = [...code.forms, ...page.forms].find(({ fields }) => "code" in fields);
      const left = await submit(world, code, form?.action ?? "", { code: message?.code ?? "" });
      const back = left.leftTo ?? (await click(world, left, "Continue")).leftTo;
      expect(back?.href.split("?")[0]).toBe(RETURN_URL);
      expect((await alice.answer(back?.searchParams.get("token") ?? "")).signedIn).toBe(true);
    });

    it("for somebody without an authenticator, by the address that Cognito has verified", async () => {
      const newt = new Attempt(stage.cognito, PASSWORDLESS, "newt");
      const { asked } = await newt.begin();
      const token = await approveByEmail(stage, asked["token"] ?? "", NEWT.email);
      expect((await newt.answer(token)).signedIn).toBe(true);
    });

    it("tells Authsignal where it comes from, by the gateway's word", async () => {
      const context = await signClientContext(
        await makeKeyring([SIGNING_SECRET]),
        { clientId: PASSWORDLESS, userName: "alice", deviceId: "d-7", ipAddress: "203.0.113.9" },
        Math.floor(Date.now() / 1000),
      );
      await new Attempt(stage.cognito, PASSWORDLESS, "alice").begin({ context });
      const [action] = (await steer(stage.authsignal, "GET", "actions")) as Record<string, unknown>[]; // newest first
      expect(action).toMatchObject({
        deviceId: "d-7",
        ipAddress: "203.0.113.9",
        custom: { deviceSource: "gateway", firstFactor: "none", clientId: PASSWORDLESS },
      });
    });
  });

  describe("with a password first, by amazon-cognito-identity-js", () => {
    const signIn = (clientId: string, user: typeof ALICE, device = "new") =>
      signInWithPassword(stage.cognito, clientId, user, async (asked) => {
        switch (asked["step"]) {
          case "prepare":
            return { answer: "ready", metadata: { deviceId: device } };
          case "allowed": {
            const { token = "", ticket = "" } = asked;
            return { answer: token, metadata: { token, ticket } };
          }
          case "enrolment": {
            const enrolling = asked["token"] ?? "";
            await clientApi(stage, "user-authenticators/email-otp", enrolling, { email: user.email });
            await approveByEmail(stage, enrolling, user.email).catch(() => undefined);
            return { answer: "enrolled" };
          }
          default: {
            const { token: start = "", ticket = "" } = asked;
            const token = await approveByEmail(stage, start, user.email);
            return { answer: token, metadata: { token, ticket } };
          }
        }
      });

    it("a challenge", async () => {
      const standing = await signIn(MFA, ALICE);
      expect(claimsOf(standing)).toMatchObject({ sub: ALICE.sub, sallyport_method: "EMAIL_OTP" });
    });

    it("no challenge where the rules allow it; the tokens do not say that there was one", async () => {
      const standing = await signIn(MFA, BOB, "known");
      expect(standing.signedIn).toBe(true);
      expect(claimsOf(standing)).not.toHaveProperty("sallyport_method");
    });

    it.each([
      ["BLOCK", "blocked"],
      ["REVIEW", "review_required"],
    ])("%s", async (rule, code) => {
      await outcome(rule);
      expect(await signIn(MFA, ALICE)).toMatchObject({
        signedIn: false,
        refused: `CreateAuthChallenge failed with error ${code}.`,
      });
    });

    it("enrols who never did, and then challenges them all the same", async () => {
      const before = (await inboxOf(NEWT.email)).length;
      const standing = await signIn(STRICT, NEWT);
      expect(standing).toMatchObject({ signedIn: true });
      expect((await inboxOf(NEWT.email)).length).toBeGreaterThanOrEqual(before + 2);
    });

    it("shows its challenge where the client demands it", async () => {
      expect((await signIn(STRICT, ALICE)).signedIn).toBe(true);
    });

    const inboxOf = async (to: string) =>
      (await steer(stage.authsignal, "GET", `inbox?to=${encodeURIComponent(to)}`)) as object[]; // a list
  });

  describe("a client that must keep other flows", () => {
    it("lets no password alone in", async () => {
      const { __type: type, message } = await api("InitiateAuth", {
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId: STRICT,
        AuthParameters: { USERNAME: ALICE.username, PASSWORD: ALICE.password },
      });
      expect([type, message]).toEqual([
        "UserLambdaValidationException",
        "PostAuthentication failed with error step_up_required.",
      ]);
    });
  });

  describe("a client that is not configured", () => {
    it("signs in as it did", async () => {
      const { AuthenticationResult: result } = await api("InitiateAuth", {
        AuthFlow: "USER_PASSWORD_AUTH",
        ClientId: UNTOUCHED,
        AuthParameters: { USERNAME: MALLORY.username, PASSWORD: MALLORY.password },
      });
      expect(decodeJwt(String(Object(result).IdToken))).not.toHaveProperty("sallyport_method");
    });

    it("has no custom flow", async () => {
      expect(await new Attempt(stage.cognito, UNTOUCHED, "alice").start()).toMatchObject({
        refused: "Incorrect username or password.",
      });
    });

    it("lets people sign up as it did, where another is closed", async () => {
      const signUp = (ClientId: string) =>
        api("SignUp", {
          ClientId,
          Username: "fresh",
          Password: "Fresh-Horse-9",
          UserAttributes: [{ Name: "email", Value: "fresh@example.com" }],
        });
      expect(await signUp(PASSWORDLESS)).toMatchObject({
        message: "PreSignUp failed with error sign_up_closed.",
      });
      expect(await signUp(UNTOUCHED)).toMatchObject({ UserConfirmed: false });
    });
  });

  it("logs what it decided, and no token, secret, address or code", async () => {
    const text = stage.logs.join("\n");
    expect(text).toContain('"trigger":"create"');
    expect(text).toContain('"outcome":"challenge"');
    expect(text).not.toMatch(/eyJ|@example\.com|wire-test|"\d{6}"/);
    for (const line of stage.logs) {
      expect(() => JSON.parse(line) as unknown).not.toThrow();
    }
  });
});
