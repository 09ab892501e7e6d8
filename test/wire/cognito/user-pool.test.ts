import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { userPool, type UserPoolOptions } from "../../../src/cognito/user-pool.ts";
import { parseSub, type Sub } from "../../../src/identity/principal.ts";
import type { CognitoStandIn } from "../../../workers/local/cognito/start.ts";
import { ALICE, CLIENT_ID, startPool } from "../local/cognito/pool.ts";

const USER_POOL_ID = "us-east-1_Sallyport1";

function subOf(text: string): Sub {
  const sub = parseSub(text);
  if (sub === undefined) {
    throw new Error(`${text} is no sub`);
  }
  return sub;
}
const alice = subOf(ALICE.sub);
const turn = async () => undefined;

describe("the user pool API of the stand-in, which checks signatures", () => {
  let pool: CognitoStandIn;
  beforeAll(async () => {
    pool = await startPool();
  });
  afterAll(() => pool.close());

  const optionsOf = (changes: Partial<UserPoolOptions> = {}): UserPoolOptions => ({
    apiUrl: pool.api,
    userPoolId: USER_POOL_ID,
    ...pool.admin,
    fetch,
    turn,
    ...changes,
  });

  it("waits for its turn before each call", async () => {
    const turns: string[] = [];
    const held = Promise.withResolvers<void>();
    const asked: typeof fetch = (...request) => {
      turns.push("call");
      return fetch(...request);
    };
    const done = userPool(
      optionsOf({
        fetch: asked,
        turn: () => {
          turns.push("turn");
          return held.promise;
        },
      }),
    ).signOut(subOf("00000000-0000-4000-8000-000000000000"));
    expect(turns).toEqual(["turn"]);
    held.resolve();
    await done;
    expect(turns).toEqual(["turn", "call", "turn", "call"]);
  });

  const call = async (target: string, input: object) => {
    const response = await fetch(pool.api, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `AWSCognitoIdentityProviderService.${target}`,
      },
      body: JSON.stringify({ ClientId: CLIENT_ID, ...input }),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> }; // a JSON API
  };
  const signIn = () =>
    call("InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: ALICE.username, PASSWORD: ALICE.password },
    });

  it("ends every refresh token of a user, and lets them sign in anew", async () => {
    const { RefreshToken } = Object((await signIn()).json["AuthenticationResult"]) as {
      RefreshToken: string;
    }; // signed in
    const refresh = () => call("GetTokensFromRefreshToken", { RefreshToken });
    expect((await refresh()).status).toBe(200);
    expect(await userPool(optionsOf()).signOut(alice)).toBeUndefined();
    expect((await refresh()).status).toBe(400);
    expect((await signIn()).status).toBe(200);
    expect(await userPool(optionsOf()).signOut(alice)).toBeUndefined();
  });

  it("has nothing to end for a user who does not exist", async () => {
    expect(
      await userPool(optionsOf()).signOut(subOf("00000000-0000-4000-8000-000000000000")),
    ).toBeUndefined();
  });

  it("says what Cognito refuses with, and no secret", async () => {
    const wrongKey = await userPool(optionsOf({ secretAccessKey: "guessed" })).signOut(alice);
    expect(wrongKey).toMatch(/^Cognito answered AdminUserGlobalSignOut with \w+Exception$/);
    const wrongPool = await userPool(optionsOf({ userPoolId: "us-east-1_Other" })).signOut(alice);
    expect(wrongPool).toContain("ResourceNotFoundException");
  });

  it("disables an account: no new sign-in succeeds", async () => {
    expect(await userPool(optionsOf()).disable(alice)).toBeUndefined();
    expect((await signIn()).status).toBe(400);
  });
});

describe("the user pool API", () => {
  let server: Server;
  let url: string;
  let asked: { readonly target: string; readonly body: Record<string, unknown> }[];
  let answers: (readonly [number, unknown])[];
  beforeAll(async () => {
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += String(chunk)));
      request.on("end", () => {
        const target = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
        asked.push({ target, body: JSON.parse(text) as Record<string, unknown> }); // our own request
        const [status, json] = answers.shift() ?? [500, {}];
        response.writeHead(status, { "content-type": "application/x-amz-json-1.1", location: "/elsewhere" });
        response.end(typeof json === "string" ? json : JSON.stringify(json));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's address
  });
  afterAll(() => server.close());

  const signOutAgainst = (...script: (readonly [number, unknown])[]) => {
    asked = [];
    answers = script;
    const keys = { accessKeyId: "AKIATEST", secretAccessKey: "secret-of-the-test" };
    return userPool({ apiUrl: url, userPoolId: USER_POOL_ID, ...keys, fetch, turn }).signOut(alice);
  };
  const notFound = [400, { __type: "UserNotFoundException", message: "User does not exist." }] as const;

  it("finds who signs in by another provider under the pool's own name", async () => {
    const listed = [200, { Users: [{ Username: "Google_123" }] }] as const;
    expect(await signOutAgainst(notFound, listed, [200, {}])).toBeUndefined();
    expect(asked).toEqual([
      { target: "AdminUserGlobalSignOut", body: { UserPoolId: USER_POOL_ID, Username: ALICE.sub } },
      { target: "ListUsers", body: { UserPoolId: USER_POOL_ID, Filter: `sub = "${ALICE.sub}"`, Limit: 1 } },
      { target: "AdminUserGlobalSignOut", body: { UserPoolId: USER_POOL_ID, Username: "Google_123" } },
    ]);
  });

  it.each([
    ["throttling", 400, { __type: "TooManyRequestsException" }, "TooManyRequestsException"],
    ["a prefixed type", 400, { __type: "com.amazonaws#LimitExceededException" }, "LimitExceededException"],
    ["a failure", 500, "<html>", "status 500"],
    ["a redirect", 302, {}, "status 302"],
    ["a success that is no JSON", 200, "", "status 200"],
  ])("tries again after %s, and not by itself", async (_, status, json, said) => {
    expect(await signOutAgainst([status, json])).toBe(`Cognito answered AdminUserGlobalSignOut with ${said}`);
    expect(asked).toHaveLength(1);
  });

  it("tries again when nobody answers", async () => {
    const gone = userPool({
      turn,
      apiUrl: "http://127.0.0.1:1",
      userPoolId: USER_POOL_ID,
      accessKeyId: "AKIATEST",
      secretAccessKey: "secret-of-the-test",
      fetch,
    });
    expect(await gone.disable(alice)).toBe("Cognito did not answer AdminDisableUser");
  });
});
