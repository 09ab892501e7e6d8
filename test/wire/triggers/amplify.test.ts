import { Amplify } from "aws-amplify";
import { confirmSignIn, fetchAuthSession, signIn, signOut } from "aws-amplify/auth";
import { cognitoUserPoolsTokenProvider } from "aws-amplify/auth/cognito";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ALICE } from "../../support/users.ts";
import { approveByEmail, MFA, PASSWORDLESS, POOL_ID, startStage, type Stage } from "./stage.ts";

describe("aws-amplify signs in through the bundles", () => {
  const items = new Map<string, string>();
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
    cognitoUserPoolsTokenProvider.setKeyValueStorage({
      getItem: (key) => Promise.resolve(items.get(key) ?? null),
      setItem: (key, value) => Promise.resolve(void items.set(key, value)),
      removeItem: (key) => Promise.resolve(void items.delete(key)),
      clear: () => Promise.resolve(items.clear()),
    });
  });
  afterEach(() => signOut());
  afterAll(() => stage.close());

  const useClient = (userPoolClientId: string): void =>
    Amplify.configure({
      Auth: { Cognito: { userPoolId: POOL_ID, userPoolClientId, userPoolEndpoint: stage.cognito.api } },
    });
  /** Answers `prepare`, then the challenge; gives whether that signed in. */
  const confirm = async (): Promise<boolean> => {
    const asked = await confirmSignIn({
      challengeResponse: "ready",
      options: { clientMetadata: { deviceId: "device-1" } },
    });
    const parameters = Object(asked.nextStep).additionalInfo;
    expect(parameters.step).toBe("challenge");
    const token = await approveByEmail(stage, parameters.token, ALICE.email);
    const done = await confirmSignIn({
      challengeResponse: token,
      options: { clientMetadata: { ticket: parameters.ticket, token } },
    });
    return done.isSignedIn;
  };

  it("without a password: CUSTOM_WITHOUT_SRP", async () => {
    useClient(PASSWORDLESS);
    const first = await signIn({
      username: "alice",
      options: { authFlowType: "CUSTOM_WITHOUT_SRP" },
    });
    expect(first.nextStep).toMatchObject({
      signInStep: "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE",
      additionalInfo: { step: "prepare" },
    });
    expect(await confirm()).toBe(true);
    const { tokens } = await fetchAuthSession();
    expect(tokens?.accessToken.payload).toMatchObject({ sub: ALICE.sub, sallyport_method: "EMAIL_OTP" });
  });

  it("with a password first: CUSTOM_WITH_SRP", async () => {
    useClient(MFA);
    const { username, password } = ALICE;
    const wrong = signIn({ username, password: "Wrong-1-x", options: { authFlowType: "CUSTOM_WITH_SRP" } });
    await expect(wrong).rejects.toMatchObject({ name: "NotAuthorizedException" });
    await signIn({ username, password, options: { authFlowType: "CUSTOM_WITH_SRP" } });
    expect(await confirm()).toBe(true);
    const { tokens } = await fetchAuthSession();
    expect(tokens?.idToken?.payload["sallyport_method"]).toBe("EMAIL_OTP");
  });
});
