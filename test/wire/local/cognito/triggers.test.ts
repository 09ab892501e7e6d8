import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../workers/local/cognito/start.ts";
import { customAuthFunctions, customAuthTriggers, type Lambda, RawAnswer, startLambda } from "./lambda.ts";
import {
  ALICE,
  answerOf,
  authorizeParams,
  Browser,
  callApi,
  CLIENT_ID,
  postToken,
  startPool,
  tokensFor,
} from "./pool.ts";
import { callSigned } from "./signed.ts";

const TIMEOUT_MS = 150;
const LEGACY = "legacy0client";

describe("Lambda triggers", () => {
  let lambda: Lambda;
  let pool: CognitoStandIn;
  beforeAll(async () => {
    lambda = await startLambda();
    pool = await startPool({
      triggerTimeoutMs: TIMEOUT_MS,
      identityProviders: [{ name: "Google", type: "Google" }],
      clients: [{ clientId: LEGACY, preventUserExistenceErrors: "LEGACY" }],
    });
  });
  beforeEach(() => {
    lambda.functions.clear();
    lambda.hanging.clear();
    lambda.events.length = 0;
  });
  afterEach(() => pool.setTriggers({}));
  afterAll(() => Promise.all([pool.close(), lambda.close()]));

  const signIn = (more = {}) =>
    callApi(pool, "InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      ClientId: CLIENT_ID,
      AuthParameters: { USERNAME: ALICE.username, PASSWORD: ALICE.password },
      ...more,
    });
  const result = ({
    body,
  }: {
    body: Record<string, unknown>;
  }): { AccessToken: string; IdToken: string; RefreshToken: string } =>
    // The shape is what the tests of the operations check.
    body["AuthenticationResult"] as { AccessToken: string; IdToken: string; RefreshToken: string };
  const set = (changes: object) =>
    fetch(`${pool.domain}/control/settings`, { method: "PATCH", body: JSON.stringify(changes) });
  const problem = ({ body }: { body: Record<string, unknown> }): unknown[] => [
    body["__type"],
    body["message"],
  ];

  describe("how a function is called", () => {
    beforeEach(() => pool.setTriggers({ postAuthentication: lambda.target("post") }));

    it("sends the documented event and goes on with what comes back", async () => {
      lambda.functions.set("post", () => ({}));
      expect((await signIn()).status).toBe(200);
      expect(lambda.events).toEqual([
        {
          version: "1",
          region: "us-east-1",
          userPoolId: "us-east-1_Sallyport1",
          triggerSource: "PostAuthentication_Authentication",
          userName: "alice",
          callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: CLIENT_ID },
          request: {
            userAttributes: {
              sub: ALICE.sub,
              "cognito:user_status": "CONFIRMED",
              email: "alice@example.com",
              email_verified: "true",
              name: "Alice Archer",
            },
            newDeviceUsed: false,
          },
          response: {},
        },
      ]);
    });

    it("gives what a function raised to the caller, without another try", async () => {
      lambda.functions.set("post", () => {
        throw new Error("Not on Sundays.");
      });
      expect(problem(await signIn())).toEqual([
        "UserLambdaValidationException",
        "PostAuthentication failed with error Not on Sundays.",
      ]);
      expect(lambda.events).toHaveLength(1);
    });

    it("tries three times to get an answer in time, then fails the request", async () => {
      lambda.functions.set("post", () => ({}));
      lambda.hanging.add("post");
      expect(problem(await signIn())[0]).toBe("UnexpectedLambdaException");
      expect(lambda.events).toHaveLength(3);
    });

    it("fails the same way when the function cannot be invoked", async () => {
      expect(problem(await signIn())[0]).toBe("UnexpectedLambdaException");
      pool.setTriggers({ postAuthentication: { url: "http://127.0.0.1:9", functionName: "post" } });
      expect(problem(await signIn())[0]).toBe("UnexpectedLambdaException");
    });

    it("recovers when a later try is answered", async () => {
      let calls = 0;
      lambda.functions.set("post", () => {
        calls += 1;
        if (calls < 3) {
          throw new RawAnswer(500, "");
        }
        return {};
      });
      expect((await signIn()).status).toBe(200);
      expect(calls).toBe(3);
    });

    it.each(["", "null", "[]", "not json", '{"answer":1}'])("refuses an answer such as %j", async (body) => {
      lambda.functions.set("post", () => {
        throw new RawAnswer(200, body);
      });
      expect(problem(await signIn())[0]).toBe("InvalidLambdaResponseException");
    });
  });

  describe("a custom flow", () => {
    beforeEach(() => {
      for (const [name, handler] of Object.entries(customAuthFunctions())) {
        lambda.functions.set(name, handler);
      }
      pool.setTriggers({ ...customAuthTriggers(lambda), preAuthentication: lambda.target("pre") });
      lambda.functions.set("pre", () => ({}));
    });

    const start = (USERNAME: string, ClientId = CLIENT_ID) =>
      callApi(pool, "InitiateAuth", {
        AuthFlow: "CUSTOM_AUTH",
        ClientId,
        AuthParameters: { USERNAME },
        ClientMetadata: { from: "initiate" },
      });
    const answer = (from: { body: Record<string, unknown> }, ANSWER: string, more = {}) =>
      callApi(pool, "RespondToAuthChallenge", {
        ClientId: CLIENT_ID,
        ChallengeName: "CUSTOM_CHALLENGE",
        Session: from.body["Session"],
        ChallengeResponses: { USERNAME: String(Object(from.body["ChallengeParameters"]).USERNAME), ANSWER },
        ClientMetadata: { from: "respond" },
        ...more,
      });

    it("runs define, create, verify, define, and keeps the answer to itself", async () => {
      const first = await start("alice");
      expect(first.body).toMatchObject({
        ChallengeName: "CUSTOM_CHALLENGE",
        ChallengeParameters: { question: "2 + 3", USERNAME: "alice" },
      });
      expect(JSON.stringify(first.body["ChallengeParameters"])).not.toContain("answer");
      const done = await answer(first, "5");
      expect(decodeJwt(result(done).AccessToken)).toMatchObject({ username: "alice" });
      expect(lambda.events.map(({ triggerSource }) => triggerSource)).toEqual([
        "PreAuthentication_Authentication",
        "DefineAuthChallenge_Authentication",
        "CreateAuthChallenge_Authentication",
        "VerifyAuthChallengeResponse_Authentication",
        "DefineAuthChallenge_Authentication",
      ]);
      const [pre, define, create, verify, again] = lambda.events.map(({ request }) => request);
      expect(pre).toMatchObject({ validationData: { from: "initiate" }, userNotFound: false });
      expect(define).toMatchObject({ session: [], userNotFound: false });
      expect(define).not.toHaveProperty("clientMetadata");
      expect(create).toMatchObject({ challengeName: "CUSTOM_CHALLENGE", session: [] });
      expect(create).not.toHaveProperty("clientMetadata");
      expect(verify).toMatchObject({
        privateChallengeParameters: { answer: "5" },
        challengeAnswer: "5",
        clientMetadata: { from: "respond" },
      });
      expect(again).toMatchObject({
        session: [{ challengeName: "CUSTOM_CHALLENGE", challengeResult: true, challengeMetadata: "SUM" }],
        clientMetadata: { from: "respond" },
      });
    });

    it("gives a new Session with every try, each good for one answer, and fails when the function says so", async () => {
      const first = await start("alice");
      const second = await answer(first, "wrong");
      expect(second.body["Session"]).not.toBe(first.body["Session"]);
      expect(problem(await answer(first, "5"))).toEqual([
        "NotAuthorizedException",
        "Invalid session for the user.",
      ]);
      const third = await answer(second, "wrong");
      expect(problem(await answer(third, "wrong"))).toEqual([
        "NotAuthorizedException",
        "Incorrect username or password.",
      ]);
    });

    it("plays on for a user who does not exist, and issues nothing", async () => {
      lambda.functions.set("define", ({ request }) => ({
        // A careless function: whoever answers right gets tokens.
        issueTokens: JSON.stringify(request["session"]).includes("true"),
        failAuthentication: false,
        challengeName: "CUSTOM_CHALLENGE",
      }));
      const first = await start("nobody");
      expect(first.body["ChallengeName"]).toBe("CUSTOM_CHALLENGE");
      expect(lambda.of("CreateAuthChallenge_Authentication")[0]?.request).toMatchObject({
        userNotFound: true,
        userAttributes: {},
      });
      expect(problem(await answer(first, "5"))[0]).toBe("NotAuthorizedException");
      expect(problem(await start("nobody", LEGACY))[0]).toBe("UserNotFoundException");
      const open = await start("alice", LEGACY);
      expect(open.body["ChallengeName"]).toBe("CUSTOM_CHALLENGE");
      expect(lambda.events.at(-1)?.request).not.toHaveProperty("userNotFound");
    });

    it("wants the name from ChallengeParameters, not another user's and not the alias", async () => {
      for (const USERNAME of ["bob", "alice@example.com"]) {
        // oxlint-disable-next-line no-await-in-loop
        const first = await start("alice@example.com");
        // oxlint-disable-next-line no-await-in-loop
        const refused = await answer(first, "5", { ChallengeResponses: { USERNAME, ANSWER: "5" } });
        expect(problem(refused)[0]).toBe("NotAuthorizedException");
      }
      const first = await start("alice@example.com");
      const bySub = { ChallengeResponses: { USERNAME: ALICE.sub, ANSWER: "5" } };
      expect((await answer(first, "5", bySub)).status).toBe(200);
    });

    it.each([
      [{ challengeName: "SMS_MFA" }],
      [{ challengeName: "PASSWORD_VERIFIER" }],
      [{}],
      [{ issueTokens: "yes" }],
    ])("refuses the definition %j", async (response) => {
      lambda.functions.set("define", () => response);
      expect(problem(await start("alice"))[0]).toBe("InvalidLambdaResponseException");
    });

    it("takes the alias where strictChallengeUsername is off", async () => {
      await set({ strictChallengeUsername: false });
      const first = await start("alice@example.com");
      const byAlias = { ChallengeResponses: { USERNAME: "alice@example.com", ANSWER: "5" } };
      expect((await answer(first, "5", byAlias)).status).toBe(200);
      await set({ strictChallengeUsername: true });
    });

    it("leaves a wrong password to the function where wrongPasswordEndsCustomAuth is off", async () => {
      await set({ wrongPasswordEndsCustomAuth: false });
      const first = await callApi(pool, "InitiateAuth", {
        AuthFlow: "CUSTOM_AUTH",
        ClientId: CLIENT_ID,
        AuthParameters: { USERNAME: "alice", CHALLENGE_NAME: "SRP_A", SRP_A: "abcdef" },
      });
      expect(first.body["ChallengeName"]).toBe("PASSWORD_VERIFIER");
      await callApi(pool, "RespondToAuthChallenge", {
        ClientId: CLIENT_ID,
        ChallengeName: "PASSWORD_VERIFIER",
        Session: first.body["Session"],
        ChallengeResponses: {
          USERNAME: "alice",
          TIMESTAMP: "Tue Nov 3 07:05:09 UTC 2026",
          PASSWORD_CLAIM_SECRET_BLOCK: String(Object(first.body["ChallengeParameters"]).SECRET_BLOCK),
          PASSWORD_CLAIM_SIGNATURE: "AAAA",
        },
      });
      expect(lambda.of("DefineAuthChallenge_Authentication").at(-1)?.request["session"]).toEqual([
        { challengeName: "SRP_A", challengeResult: true },
        { challengeName: "PASSWORD_VERIFIER", challengeResult: false },
      ]);
      await set({ wrongPasswordEndsCustomAuth: true });
    });

    it("fails when a function says both that it issues and that it fails", async () => {
      lambda.functions.set("define", () => ({ issueTokens: true, failAuthentication: true }));
      expect(problem(await start("alice"))[0]).toBe("NotAuthorizedException");
    });

    it("is not there without its functions", async () => {
      pool.setTriggers({});
      expect(problem(await start("alice"))[0]).toBe("InvalidParameterException");
    });
  });

  describe("sign-up", () => {
    const signUp = (Username: string) =>
      callApi(pool, "SignUp", {
        ClientId: CLIENT_ID,
        Username,
        Password: "Fresh-Horse-9",
        UserAttributes: [{ Name: "email", Value: `${Username}@example.com` }],
        ValidationData: [{ Name: "invite", Value: "42" }],
        ClientMetadata: { from: "signup" },
      });

    it("asks PreSignUp, which can confirm and verify at once", async () => {
      pool.setTriggers({ preSignUp: lambda.target("pre") });
      lambda.functions.set("pre", () => ({ autoConfirmUser: true, autoVerifyEmail: true }));
      expect((await signUp("frank")).body).toMatchObject({ UserConfirmed: true });
      expect(lambda.events[0]).toMatchObject({
        triggerSource: "PreSignUp_SignUp",
        userName: "frank",
        request: {
          userAttributes: { email: "frank@example.com" },
          validationData: { invite: "42" },
          clientMetadata: { from: "signup" },
        },
      });
      const bySignIn = { AuthParameters: { USERNAME: "frank@example.com", PASSWORD: "Fresh-Horse-9" } };
      expect((await signIn(bySignIn)).status).toBe(200);
    });

    it("asks PreSignUp about users whom an administrator creates, and of providers", async () => {
      pool.setTriggers({ preSignUp: lambda.target("pre") });
      lambda.functions.set("pre", () => ({}));
      const created = {
        UserPoolId: "us-east-1_Sallyport1",
        Username: "heidi",
        ClientMetadata: { from: "admin" },
      };
      expect((await callSigned(pool, "AdminCreateUser", JSON.stringify(created))).status).toBe(200);
      expect(lambda.of("PreSignUp_AdminCreateUser")[0]?.request["clientMetadata"]).toEqual({ from: "admin" });

      const browser = new Browser();
      const params = authorizeParams({ identity_provider: "Google" });
      const address = `${pool.domain}/federate?${params.toString()}`;
      const page = await (await browser.request(address)).text();
      const _csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? "";
      const body = new URLSearchParams({ email: "ivan@gmail.example", name: "Ivan", _csrf });
      await browser.request(address, { method: "POST", body });
      expect(lambda.of("PreSignUp_ExternalProvider")[0]?.userName).toMatch(/^Google_/);
    });

    it("keeps nobody whom PreSignUp refuses, and tells PostConfirmation of those who confirm", async () => {
      pool.setTriggers({ preSignUp: lambda.target("pre"), postConfirmation: lambda.target("confirmed") });
      lambda.functions.set("confirmed", () => ({}));
      lambda.functions.set("pre", () => {
        throw new Error("By invitation only");
      });
      expect(problem(await signUp("grace"))).toEqual([
        "UserLambdaValidationException",
        "PreSignUp failed with error By invitation only.",
      ]);
      lambda.functions.set("pre", () => ({}));
      expect((await signUp("grace")).status).toBe(200);
      const inbox: unknown = await (await fetch(`${pool.domain}/control/inbox?to=grace@example.com`)).json();
      const ConfirmationCode = String(Object(inbox)[0].code);
      await callApi(pool, "ConfirmSignUp", { ClientId: CLIENT_ID, Username: "grace", ConfirmationCode });
      expect(lambda.of("PostConfirmation_ConfirmSignUp")[0]?.userName).toBe("grace");
    });
  });

  describe("PreTokenGeneration", () => {
    const protectedClaims = {
      sub: "x",
      iss: "x",
      aud: "x",
      exp: 1,
      origin_jti: "x",
      auth_time: 1,
      token_use: "x",
      client_id: "x",
      scope: "admin",
      username: "x",
      "cognito:username": "x",
    };
    const v2 = (details: object) => () => ({ claimsAndScopeOverrideDetails: details });

    it("V2 changes both tokens and scopes, but nothing that is protected", async () => {
      pool.setTriggers({ preTokenGeneration: lambda.target("tokens") });
      lambda.functions.set(
        "tokens",
        v2({
          idTokenGeneration: {
            claimsToAddOrOverride: { ...protectedClaims, tier: { level: 3 }, name: "Other", gone: 1 },
            claimsToSuppress: ["email", "gone", "sub"],
          },
          accessTokenGeneration: {
            claimsToAddOrOverride: { ...protectedClaims, tenants: ["a", "b"] },
            claimsToSuppress: ["jti"],
            scopesToAdd: ["bank/write", "bad scope"],
            scopesToSuppress: ["aws.cognito.signin.user.admin"],
          },
        }),
      );
      const { AccessToken, IdToken } = result(await signIn({ ClientMetadata: { from: "initiate" } }));
      const [id, access] = [decodeJwt(IdToken), decodeJwt(AccessToken)];
      expect(id).toMatchObject({
        sub: ALICE.sub,
        iss: pool.issuer,
        aud: CLIENT_ID,
        tier: { level: 3 },
        name: "Other",
      });
      expect(id).toMatchObject({ "cognito:username": "alice", token_use: "id" });
      expect(id).not.toHaveProperty("email");
      expect(id).not.toHaveProperty("gone");
      expect(access).toMatchObject({
        sub: ALICE.sub,
        client_id: CLIENT_ID,
        username: "alice",
        tenants: ["a", "b"],
      });
      expect(access).toMatchObject({ scope: "bank/write", token_use: "access" });
      expect(access.jti).toBeDefined();
      expect(access.exp).toBeGreaterThan(1);
      const [event] = lambda.events;
      expect(event).toMatchObject({
        version: "2",
        triggerSource: "TokenGeneration_Authentication",
        request: {
          groupConfiguration: { groupsToOverride: ["staff", "tellers"], iamRolesToOverride: [] },
          scopes: ["aws.cognito.signin.user.admin"],
        },
      });
      expect(event?.request).not.toHaveProperty("clientMetadata");
    });

    it("changes who the access token is about only where protectAccessIdentity is off", async () => {
      pool.setTriggers({ preTokenGeneration: lambda.target("tokens") });
      lambda.functions.set(
        "tokens",
        v2({ accessTokenGeneration: { claimsToAddOrOverride: { username: "x" } } }),
      );
      await set({ protectAccessIdentity: false });
      expect(decodeJwt(result(await signIn()).AccessToken)["username"]).toBe("x");
      await set({ protectAccessIdentity: true });
      expect(decodeJwt(result(await signIn()).AccessToken)["username"]).toBe("alice");
    });

    it("may make 5,000 changes and no more", async () => {
      pool.setTriggers({ preTokenGeneration: lambda.target("tokens") });
      const suppress = (count: number) =>
        v2({
          idTokenGeneration: { claimsToSuppress: Array.from({ length: count }, (_, index) => `c${index}`) },
        });
      lambda.functions.set("tokens", suppress(5000));
      expect((await signIn()).status).toBe(200);
      lambda.functions.set("tokens", suppress(5001));
      expect(problem(await signIn())[0]).toBe("InvalidLambdaResponseException");
    });

    it.each([[null], [{}]])("removes the groups when it answers groupOverrideDetails %j", async (details) => {
      pool.setTriggers({ preTokenGeneration: lambda.target("tokens") });
      lambda.functions.set("tokens", v2({ groupOverrideDetails: details }));
      expect(decodeJwt(result(await signIn()).AccessToken)).not.toHaveProperty("cognito:groups");
      lambda.functions.set("tokens", v2({ groupOverrideDetails: { groupsToOverride: ["guests"] } }));
      expect(decodeJwt(result(await signIn()).AccessToken)["cognito:groups"]).toEqual(["guests"]);
      lambda.functions.set("tokens", v2({}));
      expect(decodeJwt(result(await signIn()).AccessToken)["cognito:groups"]).toEqual(["staff", "tellers"]);
    });

    it("V1 changes the ID token only, with text values only", async () => {
      pool.setTriggers({ preTokenGeneration: lambda.target("tokens", { version: "V1_0" as const }) });
      lambda.functions.set("tokens", () => ({
        claimsOverrideDetails: { claimsToAddOrOverride: { tier: "gold" } },
      }));
      const { AccessToken, IdToken } = result(await signIn());
      expect(decodeJwt(IdToken)["tier"]).toBe("gold");
      expect(decodeJwt(AccessToken)).not.toHaveProperty("tier");
      expect(lambda.events[0]?.request).not.toHaveProperty("scopes");
      lambda.functions.set("tokens", () => ({
        claimsOverrideDetails: { claimsToAddOrOverride: { tier: 1 } },
      }));
      expect(problem(await signIn())[0]).toBe("InvalidLambdaResponseException");
    });

    it("runs at a refresh, with the metadata of GetTokensFromRefreshToken, and no sign-in trigger does", async () => {
      const { RefreshToken } = result(await signIn());
      pool.setTriggers({
        preTokenGeneration: lambda.target("tokens"),
        preAuthentication: lambda.target("none"),
        postAuthentication: lambda.target("none"),
      });
      lambda.functions.set(
        "tokens",
        v2({ accessTokenGeneration: { claimsToAddOrOverride: { fresh: true } } }),
      );
      const refreshed = await callApi(pool, "GetTokensFromRefreshToken", {
        RefreshToken,
        ClientId: CLIENT_ID,
        ClientMetadata: { from: "refresh" },
      });
      expect(decodeJwt(result(refreshed).AccessToken)["fresh"]).toBe(true);
      expect(lambda.events.map(({ triggerSource }) => triggerSource)).toEqual([
        "TokenGeneration_RefreshTokens",
      ]);
      expect(lambda.events[0]?.request["clientMetadata"]).toEqual({ from: "refresh" });
      await set({ refreshMetadataReachesTriggers: false });
      const again = { RefreshToken, ClientId: CLIENT_ID, ClientMetadata: { from: "refresh" } };
      await callApi(pool, "GetTokensFromRefreshToken", again);
      expect(lambda.events.at(-1)?.request).not.toHaveProperty("clientMetadata");
      await set({ refreshMetadataReachesTriggers: true });
    });
  });

  describe("managed login", () => {
    it("runs them around the password and for the tokens of the code", async () => {
      pool.setTriggers({
        preAuthentication: lambda.target("ok"),
        postAuthentication: lambda.target("ok"),
        preTokenGeneration: lambda.target("tokens"),
      });
      lambda.functions.set("ok", () => ({}));
      lambda.functions.set("tokens", () => ({
        claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride: { hosted: true } } },
      }));
      const tokens = await tokensFor(pool);
      expect(decodeJwt(tokens.access_token)["hosted"]).toBe(true);
      expect(lambda.events.map(({ triggerSource }) => triggerSource)).toEqual([
        "PreAuthentication_Authentication",
        "PostAuthentication_Authentication",
        "TokenGeneration_HostedAuth",
      ]);
      await postToken(pool, { grant_type: "refresh_token", refresh_token: tokens.refresh_token });
      expect(lambda.events.at(-1)?.triggerSource).toBe("TokenGeneration_RefreshTokens");
    });

    it.each(["preAuthentication", "postAuthentication", "preTokenGeneration"] as const)(
      "takes what %s raised to the callback",
      async (name) => {
        pool.setTriggers({ [name]: lambda.target("no") });
        lambda.functions.set("no", () => {
          throw new Error("Closed today");
        });
        const answer = answerOf(await new Browser().login(pool, authorizeParams()));
        const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
        expect(Object.fromEntries(answer)).toEqual({
          error: "invalid_request",
          error_description: `${title} failed with error Closed today.`,
          state: "st",
        });
      },
    );
  });
});
