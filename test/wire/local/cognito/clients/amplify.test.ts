import { Amplify } from "aws-amplify";
import { confirmSignIn, fetchAuthSession, getCurrentUser, signIn, signOut } from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../../workers/local/cognito/start.ts";
import { customAuthFunctions, customAuthTriggers, type Lambda, startLambda } from "../lambda.ts";
import { ALICE, CLIENT_ID, startPool } from "../pool.ts";

describe("aws-amplify", () => {
  const { username, password } = ALICE;
  const items = new Map<string, string>();
  let lambda: Lambda;
  let pool: CognitoStandIn;
  beforeAll(async () => {
    lambda = await startLambda(customAuthFunctions());
    pool = await startPool({ triggers: customAuthTriggers(lambda) });
    Amplify.configure({
      Auth: {
        Cognito: {
          userPoolId: "us-east-1_Sallyport1",
          userPoolClientId: CLIENT_ID,
          userPoolEndpoint: pool.api,
        },
      },
    });
    cognitoUserPoolsTokenProvider.setKeyValueStorage({
      getItem: (key) => Promise.resolve(items.get(key) ?? null),
      setItem: (key, value) => Promise.resolve(void items.set(key, value)),
      removeItem: (key) => Promise.resolve(void items.delete(key)),
      clear: () => Promise.resolve(items.clear()),
    });
  });
  afterEach(() => signOut());
  afterAll(() => Promise.all([pool.close(), lambda.close()]));

  it("signs in with SRP, refreshes and signs out everywhere", async () => {
    expect((await signIn({ username, password })).isSignedIn).toBe(true);
    expect(await getCurrentUser()).toMatchObject({ username: "alice", userId: ALICE.sub });
    const before = await fetchAuthSession();
    const after = await fetchAuthSession({ forceRefresh: true });
    expect(after.tokens?.accessToken.payload["origin_jti"]).toBe(
      before.tokens?.accessToken.payload["origin_jti"],
    );
    expect(after.tokens?.accessToken.payload.jti).not.toBe(before.tokens?.accessToken.payload.jti);
    await signOut({ global: true });
    await expect(getCurrentUser()).rejects.toThrow();
  });

  it("signs in with the password in the call", async () => {
    const outcome = await signIn({ username, password, options: { authFlowType: "USER_PASSWORD_AUTH" } });
    expect(outcome.isSignedIn).toBe(true);
  });

  it("is refused with a wrong password", async () => {
    await expect(signIn({ username, password: "Wrong-Horse-1" })).rejects.toMatchObject({
      name: "NotAuthorizedException",
      message: "Incorrect username or password.",
    });
  });

  it("goes through CUSTOM_WITHOUT_SRP", async () => {
    const first = await signIn({ username, options: { authFlowType: "CUSTOM_WITHOUT_SRP" } });
    expect(first.nextStep).toMatchObject({
      signInStep: "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE",
      additionalInfo: { question: "2 + 3" },
    });
    expect((await confirmSignIn({ challengeResponse: "4" })).isSignedIn).toBe(false);
    expect((await confirmSignIn({ challengeResponse: "5" })).isSignedIn).toBe(true);
  });

  it("goes through CUSTOM_WITH_SRP: the password first, then the challenge", async () => {
    const wrong = signIn({ username, password: "Wrong-1-x", options: { authFlowType: "CUSTOM_WITH_SRP" } });
    await expect(wrong).rejects.toMatchObject({ name: "NotAuthorizedException" });
    const first = await signIn({ username, password, options: { authFlowType: "CUSTOM_WITH_SRP" } });
    expect(first.nextStep.signInStep).toBe("CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE");
    expect((await confirmSignIn({ challengeResponse: "5" })).isSignedIn).toBe(true);
    const sessions = lambda
      .of("DefineAuthChallenge_Authentication")
      .map(({ request }) => request["session"])
      .filter((steps) => JSON.stringify(steps).includes("SRP_A"));
    expect(sessions.at(-1)).toEqual([
      { challengeName: "SRP_A", challengeResult: true },
      { challengeName: "PASSWORD_VERIFIER", challengeResult: true },
      { challengeName: "CUSTOM_CHALLENGE", challengeResult: true, challengeMetadata: "SUM" },
    ]);
  });
});
