import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
  type CognitoUserSession,
} from "amazon-cognito-identity-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CognitoStandIn } from "../../../../../workers/local/cognito/start.ts";
import { customAuthFunctions, customAuthTriggers, type Lambda, startLambda } from "../lambda.ts";
import { CLIENT_ID, startPool } from "../pool.ts";

const PASSWORD = "Correct-Horse-1";

/** Keeps tokens for as long as the test. */
class MemoryStorage {
  readonly #items = new Map<string, string>();
  getItem = (key: string): string | null => this.#items.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.#items.set(key, value);
  removeItem = (key: string): void => void this.#items.delete(key);
  clear = (): void => this.#items.clear();
}

describe("amazon-cognito-identity-js", () => {
  let lambda: Lambda;
  let pool: CognitoStandIn;
  let userPool: CognitoUserPool;
  beforeAll(async () => {
    lambda = await startLambda(customAuthFunctions());
    pool = await startPool({ triggers: customAuthTriggers(lambda) });
    userPool = new CognitoUserPool({
      UserPoolId: "us-east-1_Sallyport1",
      ClientId: CLIENT_ID,
      endpoint: pool.api,
      Storage: new MemoryStorage(),
    });
  });
  afterAll(() => Promise.all([pool.close(), lambda.close()]));

  const userNamed = (Username: string): CognitoUser =>
    new CognitoUser({ Username, Pool: userPool, Storage: new MemoryStorage() });
  const signIn = (user: CognitoUser, Password: string): Promise<CognitoUserSession> =>
    new Promise((resolve, reject) => {
      const details = new AuthenticationDetails({ Username: user.getUsername(), Password });
      user.authenticateUser(details, { onSuccess: resolve, onFailure: reject });
    });

  it("signs in with SRP, by name and by e-mail address", async () => {
    for (const name of ["alice", "alice@example.com"]) {
      // One after the other, so that a failure names its own.
      // oxlint-disable-next-line no-await-in-loop
      const session = await signIn(userNamed(name), PASSWORD);
      expect(session.getIdToken().payload).toMatchObject({ "cognito:username": "alice", token_use: "id" });
      expect(session.isValid()).toBe(true);
    }
  });

  it("is refused with a wrong password, and for a user who does not exist, in the same words", async () => {
    for (const name of ["alice", "nobody"]) {
      // oxlint-disable-next-line no-await-in-loop
      await expect(signIn(userNamed(name), "Wrong-Horse-1")).rejects.toMatchObject({
        code: "NotAuthorizedException",
        message: "Incorrect username or password.",
      });
    }
  });

  it("refreshes, changes an attribute and the password, and signs out everywhere", async () => {
    const user = userNamed("bob");
    const session = await signIn(user, "Correct-Horse-2");
    const refreshed = await new Promise<CognitoUserSession>((resolve, reject) => {
      user.refreshSession(session.getRefreshToken(), (error: Error | null, next: CognitoUserSession) =>
        error === null ? resolve(next) : reject(error),
      );
    });
    expect(refreshed.getAccessToken().payload["origin_jti"]).toBe(
      session.getAccessToken().payload["origin_jti"],
    );
    await new Promise((resolve, reject) => {
      user.updateAttributes([new CognitoUserAttribute({ Name: "name", Value: "Robert" })], (error, result) =>
        error === undefined || error === null ? resolve(result) : reject(error),
      );
    });
    const attributes = await new Promise<readonly CognitoUserAttribute[]>((resolve, reject) => {
      user.getUserAttributes((error, found) =>
        error === undefined || error === null ? resolve(found ?? []) : reject(error),
      );
    });
    expect(attributes.map(({ Name, Value }) => [Name, Value])).toContainEqual(["name", "Robert"]);
    await new Promise((resolve, reject) => {
      user.changePassword("Correct-Horse-2", "Other-Horse-2", (error, result) =>
        error === undefined || error === null ? resolve(result) : reject(error),
      );
    });
    await new Promise((resolve, reject) => {
      user.globalSignOut({ onSuccess: resolve, onFailure: reject });
    });
    await expect(signIn(userNamed("bob"), "Correct-Horse-2")).rejects.toThrow(/Incorrect/);
    await signIn(userNamed("bob"), "Other-Horse-2");
  });

  it("goes through a custom flow, with a second try", async () => {
    const user = userNamed("alice");
    const session = await new Promise<CognitoUserSession>((resolve, reject) => {
      const answers = ["4", "5"];
      const callbacks = {
        onSuccess: resolve,
        onFailure: reject,
        customChallenge: (parameters: Record<string, string>) => {
          expect(parameters["question"]).toBe("2 + 3");
          user.sendCustomChallengeAnswer(answers.shift() ?? "", callbacks);
        },
      };
      user.setAuthenticationFlowType("CUSTOM_AUTH");
      user.initiateAuth(new AuthenticationDetails({ Username: "alice" }), callbacks);
    });
    expect(session.getAccessToken().payload).toMatchObject({ username: "alice" });
  });

  it("signs up, confirms with the code from the inbox, and signs in", async () => {
    await new Promise((resolve, reject) => {
      const email = new CognitoUserAttribute({ Name: "email", Value: "dora@example.com" });
      userPool.signUp("dora", "Fresh-Horse-9", [email], [], (error, result) =>
        error === undefined || error === null ? resolve(result) : reject(error),
      );
    });
    await expect(signIn(userNamed("dora"), "Fresh-Horse-9")).rejects.toMatchObject({
      code: "UserNotConfirmedException",
    });
    const inbox: unknown = await (await fetch(`${pool.domain}/control/inbox?to=dora@example.com`)).json();
    await new Promise((resolve, reject) => {
      userNamed("dora").confirmRegistration(String(Object(inbox)[0].code), false, (error, result) =>
        error === undefined || error === null ? resolve(result) : reject(error),
      );
    });
    expect((await signIn(userNamed("dora"), "Fresh-Horse-9")).isValid()).toBe(true);
  });
});
